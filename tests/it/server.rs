//! A server process that ends with the test that started it.

use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{Client, Reply, wait};

/// Starting includes recovery, on a machine that may be busy with other tests.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A running (or killed) server and its data directory.
///
/// Dropping it kills the process; the end of its log is printed if the test is failing.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    data: PathBuf,
    options: Vec<(String, String)>,
    log: PathBuf,
    home: TempDir,
}

impl Server {
    /// Starts on an empty directory with the defaults of [`Server::start_with`].
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts on an empty directory. `options` come after the defaults (`maxmemory 512mb`,
    /// `appendfsync everysec`) and so win over them.
    pub fn start_with(options: &[(&str, &str)]) -> Self {
        Self::start_in(None, options)
    }

    /// Starts on `data`, or on an empty directory that goes away with the server.
    pub fn start_in(data: Option<&Path>, options: &[(&str, &str)]) -> Self {
        let home = TempDir::with_prefix("hadal-it-").expect("the temporary folder is writable");
        let data = data.map_or_else(|| home.path().join("data"), Path::to_path_buf);
        fs::create_dir_all(&data).expect("the data folder can be made");
        let options = owned(options);
        let log = home.path().join("log");
        let port = free_port();
        let child = spawn(port, &data, &options, &log);
        let mut server = Self { child, port, data, options, log, home };
        server.wait_until_ready();
        server
    }

    /// Starts with a configuration file and nothing else but a port.
    pub fn start_file(file: &str, log: &Path) -> Self {
        let mut command = Command::new(binary());
        command.arg(file);
        let server = Self::start_alone(command, log);
        server.unwrap_or_else(|status| panic!("the server ended at start: {status}"))
    }

    /// Starts on a data directory that may be damaged; `None` if the server refuses.
    pub fn try_start_in(data: &str, log: &Path) -> Option<Self> {
        let mut command = Command::new(binary());
        command.args(["--dir", data]);
        Self::start_alone(command, log).ok()
    }

    /// Starts the server that `HADAL_REFERENCE` names, or else the `redis-server` in the path, with
    /// nothing on disk. `None`: there is none, which the caller's test says; it fails where `CI` is
    /// set.
    pub fn start_reference() -> Option<Self> {
        let Some(binary) = reference() else {
            assert!(std::env::var_os("CI").is_none(), "no redis-server: scripts/setup installs it");
            eprintln!("SKIPPED: no redis-server to compare with");
            return None;
        };
        let home = TempDir::with_prefix("hadal-it-").expect("the temporary folder is writable");
        let log = home.path().join("log");
        let mut command = Command::new(binary);
        command.args(["--save", "", "--dir"]).arg(home.path());
        let server = Self::start_alone(command, &log);
        let mut server = server.unwrap_or_else(|status| panic!("it ended at start: {status}"));
        // Its log is in there.
        server.home = home;
        Some(server)
    }

    fn start_alone(mut command: Command, log: &Path) -> Result<Self, ExitStatus> {
        let home = TempDir::with_prefix("hadal-it-").expect("the temporary folder is writable");
        let port = free_port();
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        let (child, log) = (launch(&mut command, log), log.to_path_buf());
        let data = home.path().to_path_buf();
        let mut server = Self { child, port, data, options: Vec::new(), log, home };
        server.wait_until_ready_or_ended().map(|()| server)
    }

    fn wait_until_ready(&mut self) {
        if let Err(status) = self.wait_until_ready_or_ended() {
            panic!("the server ended at start: {status}\n{}", self.log());
        }
    }

    fn wait_until_ready_or_ended(&mut self) -> Result<(), ExitStatus> {
        let mut ended = None;
        wait::until(START_LIMIT, "the server answers PING", || {
            ended = self.child.try_wait().expect("our child can be waited for");
            ended.is_some()
                || Client::tcp(self.port).is_ok_and(|mut client| answers_and_lets_go(&mut client))
        });
        ended.map_or(Ok(()), Err)
    }

    /// A new connection over TCP.
    pub fn client(&self) -> Client {
        Client::tcp(self.port).expect("the server accepts connections")
    }

    /// The TCP port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A folder beside the data, for sockets and configuration files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Everything the process has printed, over all its starts.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Resident memory in bytes, as the kernel counts it.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    }

    /// `kill -9`, at once.
    pub fn kill(&mut self) {
        self.child.kill().expect("our child can be killed");
        self.child.wait().expect("our child can be waited for");
    }

    /// SIGTERM, and waits for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("our child can be signaled");
        self.wait_for_end()
    }

    /// Waits until the process has ended by itself.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let mut status = None;
        wait::until(START_LIMIT, "the server ends", || {
            status = self.child.try_wait().expect("our child can be waited for");
            status.is_some()
        });
        status.expect("the wait ended with a status")
    }

    /// Starts again on the same directory, on a new port, after the process has ended.
    pub fn restart(&mut self) {
        self.spawn_again();
        self.wait_until_ready();
    }

    /// Like [`Server::restart`], with other options from now on.
    pub fn restart_with(&mut self, options: &[(&str, &str)]) {
        self.options = owned(options);
        self.restart();
    }

    /// Starts, lets it recover for `time` and kills it, ready or not.
    pub fn restart_and_kill_after(&mut self, time: Duration) {
        self.spawn_again();
        wait::pause(time);
        self.kill();
    }

    fn spawn_again(&mut self) {
        self.port = free_port();
        self.child = spawn(self.port, &self.data, &self.options, &self.log);
    }

    /// Leaves the data directory behind for a look at it, and says where it is.
    pub fn keep(&mut self) -> PathBuf {
        self.home.disable_cleanup(true);
        self.home.path().to_path_buf()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if the process has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(30)..];
            eprintln!("--- last lines of the server's log\n{}\n---", last.join("\n"));
        }
    }
}

/// The server under test.
///
/// # Panics
/// When there is none, saying how to get one.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("HADAL_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a process knows its own path");
    let target = test.ancestors().nth(3).expect("tests run from target/PROFILE/deps");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let built = [target.to_path_buf(), root]
        .iter()
        .flat_map(|target| [target.join("release/hadal"), target.join("debug/hadal")])
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .max();
    built.expect("no server binary: `cargo build --release`, or name one in HADAL_BIN").1
}

/// True when the reference server stands in for ours.
pub fn is_reference() -> bool {
    binary().file_name().is_some_and(|name| name.to_string_lossy().contains("redis-server"))
}

/// The server that ours is compared with, if there is one.
fn reference() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HADAL_REFERENCE") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join("redis-server")).find(|path| path.is_file())
}

/// Runs the server with these arguments alone until it ends by itself.
///
/// # Panics
/// When it is still running after 10 seconds.
pub fn run_to_exit(arguments: &[&str]) -> Output {
    let mut child = Command::new(binary())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server binary runs");
    let deadline = wait::now() + Duration::from_secs(10);
    while child.try_wait().expect("our child can be waited for").is_none() {
        if wait::now() > deadline {
            let _ = child.kill();
            panic!("the server is still running with {arguments:?}");
        }
        wait::pause(Duration::from_millis(2));
    }
    child.wait_with_output().expect("our child can be waited for")
}

/// Whether the server answers. Then `client` does not count any more when this returns: a test
/// begins with nobody connected.
fn answers_and_lets_go(client: &mut Client) -> bool {
    let pong = Reply::Simple("PONG".into());
    client.send(&["PING"]).is_ok()
        && client.receive().is_ok_and(|reply| reply == pong)
        && client.send(&["QUIT"]).is_ok()
        && client.closed()
}

fn owned(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn spawn(port: u16, data: &Path, options: &[(String, String)], log: &Path) -> Child {
    let mut command = Command::new(binary());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]).arg("--dir").arg(data);
    command.args(["--appendfsync", "everysec", "--enable-debug-command", "yes"]);
    if is_reference() {
        command.args(["--appendonly", "yes", "--save", ""]);
    } else {
        command.args(["--maxmemory", "512mb"]);
    }
    // For the reference `maxmemory` would bound the dataset itself, which is another thing.
    for (name, value) in options.iter().filter(|(name, _)| !is_reference() || name != "maxmemory") {
        command.arg(format!("--{name}")).arg(value);
    }
    launch(&mut command, log)
}

/// Spawns with both outputs at the end of `log`.
fn launch(command: &mut Command, log: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).expect("the log opens");
    command.stdin(Stdio::null());
    command.stdout(log.try_clone().expect("a file handle can be doubled")).stderr(log);
    command.spawn().expect("the server binary runs")
}
