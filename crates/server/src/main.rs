//! `hadal`: reads its configuration and serves.

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs, io, process};

use anyhow::Context as _;
use hadal_server::config::{Action, Config, Error, Host, Settings, help, parse_args};
use hadal_server::logging;
use hadal_server::server::{REDIS_VERSION, Server};

/// Resident memory is our limit: this allocator tells it, and gives back what is free.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Set for a process that a `daemonize yes` has put into the background.
const BACKGROUND: &str = "HADAL_IN_BACKGROUND";

fn main() -> ExitCode {
    let sources = match parse_args(env::args_os().skip(1)) {
        Action::Run(sources) => sources,
        Action::Version => {
            println!("hadal v={} redis_version={REDIS_VERSION}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Action::Help => {
            print!("{}", help());
            return ExitCode::SUCCESS;
        }
    };
    let host = match Host::probe() {
        Ok(host) => host,
        Err(error) => return refuse(&format!("could not find the current directory: {error}")),
    };
    let config = match sources.load(host, &mut io::stdin()) {
        Ok(config) => Arc::new(config),
        Err(error) => return refuse(&error.to_string()),
    };
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            eprintln!("hadal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The operator's error.
fn refuse(error: &str) -> ExitCode {
    eprintln!("hadal: {error}");
    ExitCode::from(Error::EXIT_CODE)
}

fn run(config: &Arc<Config>) -> anyhow::Result<()> {
    let settings = config.settings();
    if settings.daemonize && env::var_os(BACKGROUND).is_none() {
        return go_to_background();
    }
    let levels = logging::start(&settings).context("could not open the log file")?;
    config.subscribe(&["loglevel"], move |changed| {
        levels.set(changed.new.loglevel);
        Ok(())
    });
    for option in &config.startup().without_effect {
        tracing::info!(option, "option has no effect here");
    }
    raise_file_limit(settings.maxclients);
    let pidfile = pidfile(&settings);
    if let Some(path) = &pidfile {
        let written = fs::write(path, format!("{}\n", process::id()));
        written.with_context(|| format!("could not write the pid file {}", path.display()))?;
    }
    // Accepts connections and waits for the end; the threads that serve are started with them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("could not start threads")?;
    let served = runtime.block_on(serve(config, &settings));
    drop(runtime);
    if let Some(path) = &pidfile {
        // It may be gone already: nothing is left to do about it.
        drop(fs::remove_file(path));
    }
    served
}

async fn serve(config: &Arc<Config>, settings: &Settings) -> anyhow::Result<()> {
    let running = Server::launch(Arc::clone(config))?;
    tracing::info!(port = settings.port, dir = %settings.dir.display(), "Ready to accept connections");
    tell_supervisor();
    running.until_ended().await.context("could not wait for signals")
}

fn pidfile(settings: &Settings) -> Option<std::path::PathBuf> {
    let default = || settings.daemonize.then(|| "/var/run/hadal.pid".into());
    settings.pidfile.clone().or_else(default)
}

/// Starts this program again, away from the terminal, and leaves the serving to it.
fn go_to_background() -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let program = env::current_exe().context("could not find this program")?;
    process::Command::new(program)
        .args(env::args_os().skip(1))
        .env(BACKGROUND, "1")
        .process_group(0)
        .stdin(process::Stdio::null())
        .stdout(process::Stdio::null())
        .stderr(process::Stdio::null())
        .spawn()
        .context("could not go to the background")?;
    Ok(())
}

/// Tells systemd that clients are welcome.
fn tell_supervisor() {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return };
    let told = std::os::unix::net::UnixDatagram::unbound()
        .and_then(|socket| socket.send_to(b"READY=1\n", path));
    if let Err(error) = told {
        tracing::warn!(%error, "supervisor could not be told");
    }
}

/// Lets the process have a file descriptor per client, and some for the store.
fn raise_file_limit(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// The store's files, the journal, the log.
    const OTHERS: u64 = 1_200;
    let wanted = clients as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let current = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..limit });
    if raised.is_err() || current < wanted {
        tracing::warn!(current, wanted, "limit of open files is too low for maxclients");
    }
}
