//! The operating system's clock, random numbers and files.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::rand::GetRandomFlags;

use super::{Clock, File, Files, Lock, Random};

/// How many zeros are written at once where the filesystem cannot preallocate.
const ZEROS_LEN: usize = 256 * 1024;

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts near zero, now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the door the others must use")]
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door the others must use")]
    fn unix_micros(&self) -> u64 {
        // A clock set before 1970 reads as 1970: better than a panic for a wrong battery.
        micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    fn monotonic_micros(&self) -> u64 {
        micros(self.start.elapsed())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The kernel's random numbers. About 0.3 µs each.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        loop {
            match rustix::rand::getrandom(&mut bytes, GetRandomFlags::empty()) {
                Ok(8) => return u64::from_le_bytes(bytes),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => panic!("the kernel gives no random numbers: {error}"),
            }
        }
    }
}

/// Files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn create(&self, path: &Path, len: u64) -> io::Result<Box<dyn File>> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        if let Err(error) = preallocate(&file, len) {
            // The first error is the one to tell; a leftover is removed at the next start.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(Box::new(OsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Box::new(OsFile(file)))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let parent = match dir.parent() {
            None => return fs::create_dir(dir),
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
        };
        self.create_dir(parent)?;
        match fs::create_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.sync_dir(parent),
        }
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        OpenOptions::new().read(true).open(dir)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, holder(&mut file)));
            }
        }
        // The number is only a hint for whoever finds the lock taken, so failing to write it
        // (on a full disk) must not keep the server from starting.
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Box::new(OsLock { _file: file }))
    }
}

fn holder(file: &mut fs::File) -> String {
    let mut text = String::new();
    let _ = file.take(32).read_to_string(&mut text);
    match text.trim().parse::<u32>() {
        Ok(pid) => format!("held by process {pid}"),
        Err(_) => "held by another process".to_owned(),
    }
}

fn preallocate(file: &fs::File, len: u64) -> io::Result<()> {
    if len == 0 {
        return Ok(());
    }
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, len) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => return write_zeros(file, len),
            Err(error) => return Err(error.into()),
        }
    }
}

fn write_zeros(file: &fs::File, len: u64) -> io::Result<()> {
    let zeros = vec![0; ZEROS_LEN];
    let mut offset = 0;
    while offset < len {
        let count = usize::try_from(len - offset).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all_at(zeros.get(..count).unwrap_or_default(), offset)?;
        offset += count as u64;
    }
    Ok(())
}

#[derive(Debug)]
struct OsFile(fs::File);

impl File for OsFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()?;
        // What is synced is not read again before a restart. Left in the page cache, it would be
        // in the way of everyone who wants memory. If the system does not listen, no harm is done.
        _ = rustix::fs::fadvise(&self.0, 0, None, rustix::fs::Advice::DontNeed);
        Ok(())
    }
}

/// The lock goes with the descriptor: closing it, or dying, gives it back.
#[derive(Debug)]
struct OsLock {
    _file: fs::File,
}

impl Lock for OsLock {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_created_file_has_its_length_reads_zeros_and_keeps_what_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/file");
        OsFiles.create_dir(path.parent().unwrap()).unwrap();
        let file = OsFiles.create(&path, 10_000).unwrap();
        assert_eq!(file.len().unwrap(), 10_000);
        file.write_at(b"hello", 9_998).unwrap();
        file.sync_data().unwrap();
        OsFiles.sync_dir(path.parent().unwrap()).unwrap();
        let mut bytes = [1; 8];
        assert_eq!(OsFiles.open(&path).unwrap().read_at(&mut bytes, 9_996).unwrap(), 7);
        assert_eq!(&bytes, b"\0\0hello\x01");
        assert_eq!(OsFiles.list(path.parent().unwrap()).unwrap(), ["file"]);
    }

    #[test]
    fn zeros_are_written_where_nothing_can_be_preallocated() {
        let file = tempfile::tempfile().unwrap();
        write_zeros(&file, ZEROS_LEN as u64 + 7).unwrap();
        assert_eq!(file.metadata().unwrap().len(), ZEROS_LEN as u64 + 7);
    }

    #[test]
    fn a_lock_is_exclusive_until_dropped_and_names_its_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = OsFiles.lock(&path).unwrap();
        let error = OsFiles.lock(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
        drop(held);
        OsFiles.lock(&path).unwrap();
    }
}
