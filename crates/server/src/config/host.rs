//! What the machine offers: the component that percentages and relative paths are measured with.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

/// Assumed where the system does not tell how much memory there is.
const MEMORY_UNKNOWN_BYTES: u64 = 1 << 30;

/// The machine, or the container, as far as settings depend on it.
#[derive(Clone, Debug)]
pub struct Host {
    /// What this process may use at most: the machine's memory or the tightest cgroup limit.
    pub memory_bytes: u64,
    /// Processors it may use, 1 or more.
    pub cpus: usize,
    /// What relative paths start from. Absolute.
    pub current_dir: PathBuf,
}

impl Host {
    /// Asks the operating system.
    ///
    /// # Errors
    /// The current directory is gone or may not be read.
    pub fn probe() -> io::Result<Self> {
        Ok(Self {
            memory_bytes: memory_bytes(Path::new("/")),
            cpus: thread::available_parallelism().map_or(1, Into::into),
            current_dir: env::current_dir()?,
        })
    }

    /// `percent` of the memory, in bytes.
    pub(super) fn memory_share_bytes(&self, percent: u8) -> u64 {
        self.memory_bytes / 100 * u64::from(percent)
    }

    /// Makes a path absolute without looking at the disk, and takes its `.` components out.
    pub(super) fn absolute(&self, path: &[u8]) -> Vec<u8> {
        let path = self.current_dir.join(OsStr::from_bytes(path));
        path.components().collect::<PathBuf>().as_os_str().as_bytes().to_vec()
    }
}

/// The memory of the machine whose file system begins at `root`, or less if a cgroup says so.
fn memory_bytes(root: &Path) -> u64 {
    let machine = fs::read_to_string(root.join("proc/meminfo")).ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    });
    let cgroups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = cgroups.lines().flat_map(|line| cgroup_limits(root, line));
    machine.into_iter().chain(limits).min().unwrap_or(MEMORY_UNKNOWN_BYTES)
}

/// The limits of one line of `/proc/self/cgroup`, `number:controllers:path`, and its parents.
fn cgroup_limits(root: &Path, line: &str) -> Vec<u64> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { return vec![] };
    let (mount, names): (_, &[&str]) = match controllers {
        "" => ("sys/fs/cgroup", &["memory.max", "memory.high"]),
        v1 if v1.split(',').any(|name| name == "memory") => {
            ("sys/fs/cgroup/memory", &["memory.limit_in_bytes"])
        }
        _ => return vec![],
    };
    let mount = root.join(mount);
    // Inside a container the path may be the host's: then only the root of the mount exists.
    let path = Path::new(path.trim_start_matches('/'));
    let levels = path.ancestors().flat_map(|level| names.iter().map(move |n| level.join(n)));
    levels
        .filter_map(|file| fs::read_to_string(mount.join(file)).ok()?.trim().parse().ok())
        .filter(|limit| *limit > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> u64 {
        let root = tempfile::tempdir().expect("a temporary directory");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("inside the root")).expect("created");
            fs::write(path, text).expect("written");
        }
        memory_bytes(root.path())
    }

    const MEMINFO: (&str, &str) = ("proc/meminfo", "MemTotal:  8000 kB\nMemFree: 1 kB\n");

    #[test]
    fn without_cgroups_the_machine_counts() {
        assert_eq!(machine(&[MEMINFO]), 8000 * 1024);
        assert_eq!(machine(&[]), MEMORY_UNKNOWN_BYTES);
    }

    #[test]
    fn the_tightest_limit_on_the_way_up_counts() {
        let files = [
            MEMINFO,
            ("proc/self/cgroup", "0::/user/hadal\n"),
            ("sys/fs/cgroup/user/memory.max", "5000000\n"),
            ("sys/fs/cgroup/user/hadal/memory.max", "max\n"),
            ("sys/fs/cgroup/user/hadal/memory.high", "6000000\n"),
        ];
        assert_eq!(machine(&files), 5_000_000);
    }

    #[test]
    fn the_first_version_of_cgroups_works_in_a_container() {
        let files = [
            MEMINFO,
            ("proc/self/cgroup", "3:cpu:/x\n2:memory:/docker/abc\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "7000000\n"),
        ];
        assert_eq!(machine(&files), 7_000_000);
    }

    #[test]
    fn a_limit_above_the_machine_is_no_limit() {
        let files = [
            MEMINFO,
            ("proc/self/cgroup", "2:memory:/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(machine(&files), 8000 * 1024);
    }

    #[test]
    fn paths_become_absolute() {
        let host = Host { memory_bytes: 0, cpus: 1, current_dir: "/srv/hadal".into() };
        assert_eq!(host.absolute(b"./"), b"/srv/hadal");
        assert_eq!(host.absolute(b"a/./b"), b"/srv/hadal/a/b");
        assert_eq!(host.absolute(b"/data/"), b"/data");
    }
}
