//! Files in memory that fail, fill up and lose power as told: for tests and the simulator.
//!
//! One seed and one sequence of calls give one outcome. What it can do to its user:
//!
//! - **Power loss** ([`MemFiles::crash`]): bytes that were not synced are lost, kept, cut in the
//!   middle, or kept in any mix of 512-byte sectors. Names that were not synced (created, renamed,
//!   removed) likewise, in any mix; a rename is never done by halves. Everything synced stays.
//! - **A failing sync**: any part of what was to be synced is on the medium. The rest is *not* and
//!   never will be, although it can still be read and the next sync succeeds: that is what Linux
//!   does. Only writing it again helps.
//! - **A failing write**: any first part of it was done.
//! - **A full disk**: preallocating and growing files fails; overwriting does not.
//! - **The n-th call fails**, once, or with the power going off at that moment.
//! - **A flipped bit** on the medium.

mod disk;

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::env::{File, Files, Lock};
use disk::Disk;

/// A call to [`Files`] or [`File`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named like the methods")]
pub enum Operation {
    Create,
    Open,
    List,
    Remove,
    Rename,
    CreateDir,
    SyncDir,
    Lock,
    Len,
    Read,
    Write,
    SetLen,
    Sync,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The medium reports an error.
    Error,
    /// The medium says that it is full.
    Full,
    /// The call, and every later one, fails until [`MemFiles::crash`] brings the power back.
    PowerOff,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct MemFiles {
    disk: Arc<Mutex<Disk>>,
}

impl MemFiles {
    /// An empty disk without limit, on which `seed` decides what a crash leaves.
    #[must_use]
    pub fn new(seed: u64) -> MemFiles {
        MemFiles { disk: Arc::new(Mutex::new(Disk::new(seed))) }
    }

    /// Limits the sum of all file lengths. `None` is no limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk.lock().capacity = bytes;
    }

    /// The sum of all file lengths.
    pub fn used(&self) -> u64 {
        self.disk.lock().used()
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u64 {
        self.disk.lock().calls
    }

    /// Lets the `n`-th call from now fail; 1 is the next. Replaces what was asked before.
    pub fn fail_nth(&self, n: u64, fault: Fault) {
        let mut disk = self.disk.lock();
        disk.fail_at = Some((disk.calls + n, fault));
    }

    /// Lets every `operation` fail from now on, or (`None`) no longer.
    pub fn fail_all(&self, operation: Operation, fault: Option<Fault>) {
        let mut disk = self.disk.lock();
        disk.failing.remove(&operation);
        if let Some(fault) = fault {
            disk.failing.insert(operation, fault);
        }
    }

    /// Forgets all failures asked for, except that power that is off stays off.
    pub fn heal(&self) {
        let mut disk = self.disk.lock();
        disk.fail_at = None;
        disk.failing.clear();
    }

    /// The power goes and comes back: what was not synced is lost in part or whole, files open
    /// until now cannot be used any more, and all locks are free.
    pub fn crash(&self) {
        self.disk.lock().crash();
    }

    /// Flips a bit of the file at `path`, on the medium and in what can be read of it.
    ///
    /// # Panics
    /// If there is no such byte.
    pub fn flip(&self, path: &Path, offset: u64, bit: u8) {
        self.disk.lock().flip(path, offset, bit);
    }

    /// All that can be read from the file at `path`; `None` if there is none. Not a call.
    pub fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        self.disk.lock().contents(path).map(<[u8]>::to_vec)
    }

    /// The paths of all files, sorted. Not a call.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.disk.lock().paths()
    }

    fn open_file(&self, id: u64, epoch: u64) -> Box<dyn File> {
        Box::new(MemFile { disk: self.disk.clone(), id, epoch })
    }
}

impl Files for MemFiles {
    fn create(&self, path: &Path, len: u64) -> io::Result<Box<dyn File>> {
        let mut disk = self.disk.lock();
        disk.call(Operation::Create)?;
        let id = disk.create(path, len)?;
        Ok(self.open_file(id, disk.epoch))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut disk = self.disk.lock();
        disk.call(Operation::Open)?;
        let id = disk.find(path)?;
        Ok(self.open_file(id, disk.epoch))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut disk = self.disk.lock();
        disk.call(Operation::List)?;
        let names = disk.paths().into_iter().filter(|path| path.parent() == Some(dir));
        Ok(names.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.call(Operation::Remove)?;
        disk.remove(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.call(Operation::Rename)?;
        disk.rename(from, to)
    }

    /// Directories are wherever there is a file, so there is nothing to do.
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        self.disk.lock().call(Operation::CreateDir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let result = disk.call(Operation::SyncDir);
        disk.sync_dir(dir, result.is_ok());
        result
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let mut disk = self.disk.lock();
        disk.call(Operation::Lock)?;
        if !disk.locks.insert(path.to_owned()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "held by this process"));
        }
        let (path, epoch) = (path.to_owned(), disk.epoch);
        Ok(Box::new(MemLock { disk: self.disk.clone(), path, epoch }))
    }
}

#[derive(Debug)]
struct MemFile {
    disk: Arc<Mutex<Disk>>,
    id: u64,
    epoch: u64,
}

impl MemFile {
    fn with<T>(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Disk, u64, bool) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut disk = self.disk.lock();
        if disk.epoch != self.epoch {
            return Err(io::Error::other("the file was open when the power went"));
        }
        let called = disk.call(operation);
        let done = act(&mut disk, self.id, called.is_ok());
        called.and(done)
    }
}

impl File for MemFile {
    fn len(&self) -> io::Result<u64> {
        self.with(Operation::Len, |disk, id, _| Ok(disk.inode(id).bytes().len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(Operation::Read, |disk, id, _| Ok(disk.inode(id).read(buffer, offset)))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.with(Operation::Write, |disk, id, ok| disk.write(id, bytes, offset, ok))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(Operation::SetLen, |disk, id, ok| {
            if ok {
                disk.inode(id).set_len(len);
            }
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(Operation::Sync, |disk, id, ok| {
            disk.sync(id, ok);
            Ok(())
        })
    }
}

#[derive(Debug)]
struct MemLock {
    disk: Arc<Mutex<Disk>>,
    path: PathBuf,
    epoch: u64,
}

impl Lock for MemLock {}

impl Drop for MemLock {
    fn drop(&mut self) {
        let mut disk = self.disk.lock();
        if disk.epoch == self.epoch {
            disk.locks.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
