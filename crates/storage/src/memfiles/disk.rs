//! What is on the disk, what the system only remembers, and what is left of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::{Fault, Operation};
use crate::env::SeededRandom;

/// What reaches the medium as a whole or not at all.
const SECTOR_LEN: u64 = 512;

#[derive(Debug)]
pub(super) struct Disk {
    random: SeededRandom,
    pub capacity: Option<u64>,
    pub calls: u64,
    pub fail_at: Option<(u64, Fault)>,
    pub failing: BTreeMap<Operation, Fault>,
    is_off: bool,
    /// Counts crashes: what was opened in an earlier epoch is gone.
    pub epoch: u64,
    pub locks: BTreeSet<PathBuf>,
    inodes: BTreeMap<u64, Inode>,
    inodes_made: u64,
    names: BTreeMap<PathBuf, u64>,
    durable_names: BTreeMap<PathBuf, u64>,
    unsynced_names: Vec<NameChange>,
}

#[derive(Default)]
pub(super) struct Inode {
    cached: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
}

#[derive(Clone, Debug)]
enum NameChange {
    Link { path: PathBuf, id: u64 },
    Unlink { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf, id: u64 },
}

/// How much of what was not synced reaches the medium.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Nothing,
    Everything,
    /// The first so many changes, and a part of the next.
    Prefix(usize),
    Mix,
}

impl Kept {
    fn choose(random: &SeededRandom, changes: usize) -> Kept {
        match random.below(5) {
            0 => Kept::Nothing,
            1 => Kept::Everything,
            2 => Kept::Prefix(random.below(changes as u64) as usize),
            _ => Kept::Mix,
        }
    }

    fn keeps(self, index: usize, random: &SeededRandom) -> bool {
        match self {
            Kept::Nothing => false,
            Kept::Everything => true,
            Kept::Prefix(count) => index < count,
            Kept::Mix => random.below(2) == 0,
        }
    }
}

impl Disk {
    pub(super) fn new(seed: u64) -> Disk {
        Disk {
            random: SeededRandom::new(seed),
            capacity: None,
            calls: 0,
            fail_at: None,
            failing: BTreeMap::new(),
            is_off: false,
            epoch: 0,
            locks: BTreeSet::new(),
            inodes: BTreeMap::new(),
            inodes_made: 0,
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
        }
    }

    /// Counts a call and says whether it works.
    pub(super) fn call(&mut self, operation: Operation) -> io::Result<()> {
        self.calls += 1;
        let planned = self.fail_at.filter(|(call, _)| *call == self.calls).map(|(_, fault)| fault);
        let fault = planned.or_else(|| self.failing.get(&operation).copied());
        self.is_off |= fault == Some(Fault::PowerOff);
        match fault {
            _ if self.is_off => Err(io::Error::other("the power is off")),
            Some(Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::Error | Fault::PowerOff) => Err(io::Error::other("the medium failed")),
            None => Ok(()),
        }
    }

    pub(super) fn used(&self) -> u64 {
        let lens = self.names.values().filter_map(|id| self.inodes.get(id));
        lens.map(|inode| inode.cached.len() as u64).sum()
    }

    fn need(&self, growth: u64) -> io::Result<()> {
        match self.capacity {
            Some(capacity) if growth > 0 && self.used() + growth > capacity => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn create(&mut self, path: &Path, len: u64) -> io::Result<u64> {
        if self.names.contains_key(path) {
            self.remove(path)?;
        }
        self.need(len)?;
        self.inodes_made += 1;
        let id = self.inodes_made;
        self.inode(id).set_len(len);
        self.names.insert(path.to_owned(), id);
        self.unsynced_names.push(NameChange::Link { path: path.to_owned(), id });
        Ok(id)
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn inode(&mut self, id: u64) -> &mut Inode {
        self.inodes.entry(id).or_default()
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.names.keys().cloned().collect()
    }

    pub(super) fn contents(&self, path: &Path) -> Option<&[u8]> {
        let inode = self.inodes.get(self.names.get(path)?)?;
        Some(&inode.cached)
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.find(path)?;
        self.names.remove(path);
        self.unsynced_names.push(NameChange::Unlink { path: path.to_owned() });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let id = self.find(from)?;
        self.names.remove(from);
        self.names.insert(to.to_owned(), id);
        let (from, to) = (from.to_owned(), to.to_owned());
        self.unsynced_names.push(NameChange::Rename { from, to, id });
        Ok(())
    }

    pub(super) fn write(&mut self, id: u64, bytes: &[u8], offset: u64, ok: bool) -> io::Result<()> {
        let done = if ok { bytes.len() as u64 } else { self.random.below(bytes.len() as u64) };
        let len = self.inode(id).cached.len() as u64;
        self.need((offset + bytes.len() as u64).saturating_sub(len))?;
        let bytes = bytes.get(..done as usize).unwrap_or_default();
        self.inode(id).change(Change::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(super) fn sync(&mut self, id: u64, ok: bool) {
        let Some(inode) = self.inodes.get_mut(&id) else { return };
        if ok {
            for change in inode.unsynced.drain(..) {
                change.apply(&mut inode.durable);
            }
        } else {
            inode.lose(&self.random);
        }
    }

    pub(super) fn sync_dir(&mut self, dir: &Path, ok: bool) {
        let (now, later) = std::mem::take(&mut self.unsynced_names)
            .into_iter()
            .partition(|change: &NameChange| change.path().parent() == Some(dir));
        self.unsynced_names = later;
        let kept = if ok { Kept::Everything } else { Kept::choose(&self.random, Vec::len(&now)) };
        self.keep_names(now, kept);
    }

    fn keep_names(&mut self, changes: Vec<NameChange>, kept: Kept) {
        for (index, change) in changes.into_iter().enumerate() {
            if kept.keeps(index, &self.random) {
                change.apply(&mut self.durable_names);
            }
        }
    }

    pub(super) fn crash(&mut self) {
        self.epoch += 1;
        self.is_off = false;
        self.fail_at = None;
        self.locks.clear();
        let changes = std::mem::take(&mut self.unsynced_names);
        let kept = Kept::choose(&self.random, changes.len());
        self.keep_names(changes, kept);
        self.names.clone_from(&self.durable_names);
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        self.inodes.retain(|id, _| named.contains(id));
        for inode in self.inodes.values_mut() {
            inode.lose(&self.random);
            inode.cached.clone_from(&inode.durable);
        }
    }

    pub(super) fn flip(&mut self, path: &Path, offset: u64, bit: u8) {
        let id = self.find(path).expect("the file to damage is there");
        let inode = self.inode(id);
        let cached = inode.cached.get_mut(offset as usize).expect("the byte to damage is there");
        *cached ^= 1 << (bit % 8);
        if let Some(durable) = inode.durable.get_mut(offset as usize) {
            *durable ^= 1 << (bit % 8);
        }
    }
}

/// Lengths instead of bytes: a failing test prints this.
impl fmt::Debug for Inode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inode")
            .field("cached_len", &self.cached.len())
            .field("durable_len", &self.durable.len())
            .field("unsynced", &self.unsynced.len())
            .finish()
    }
}

impl Inode {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.cached
    }

    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> usize {
        let rest = self.cached.get(offset as usize..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        len
    }

    pub(super) fn set_len(&mut self, len: u64) {
        self.change(Change::SetLen(len));
    }

    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.cached);
        self.unsynced.push(change);
    }

    /// Lets chance decide which unsynced changes reach the medium, and forgets the rest.
    fn lose(&mut self, random: &SeededRandom) {
        let changes = std::mem::take(&mut self.unsynced);
        let kept = Kept::choose(random, changes.len());
        for (index, change) in changes.into_iter().enumerate() {
            match (kept, change) {
                (Kept::Mix, Change::Write { offset, bytes }) => {
                    for (offset, sector) in sectors(offset, &bytes) {
                        if random.below(2) == 0 {
                            let bytes = sector.to_vec();
                            Change::Write { offset, bytes }.apply(&mut self.durable);
                        }
                    }
                }
                (Kept::Prefix(count), Change::Write { offset, mut bytes }) if index == count => {
                    bytes.truncate(random.below(bytes.len() as u64) as usize);
                    Change::Write { offset, bytes }.apply(&mut self.durable);
                }
                (kept, change) => {
                    if kept.keeps(index, random) {
                        change.apply(&mut self.durable);
                    }
                }
            }
        }
    }
}

/// The parts of `bytes`, written at `offset`, that lie in one sector each.
fn sectors(offset: u64, mut bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut offset = offset;
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let at = offset;
        let len = (SECTOR_LEN - at % SECTOR_LEN).min(bytes.len() as u64);
        let (sector, rest) = bytes.split_at_checked(len as usize)?;
        bytes = rest;
        offset += len;
        Some((at, sector))
    })
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Change::SetLen(len) => bytes.resize(len as usize, 0),
            Change::Write { offset, bytes: new } => {
                let end = offset as usize + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                if let Some(place) = bytes.get_mut(offset as usize..end) {
                    place.copy_from_slice(&new);
                }
            }
        }
    }
}

impl NameChange {
    fn path(&self) -> &Path {
        match self {
            NameChange::Link { path, .. } | NameChange::Unlink { path } => path,
            NameChange::Rename { to, .. } => to,
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            NameChange::Link { path, id } => _ = names.insert(path, id),
            NameChange::Unlink { path } => _ = names.remove(&path),
            NameChange::Rename { from, to, id } => {
                if names.get(&from) == Some(&id) {
                    names.remove(&from);
                }
                names.insert(to, id);
            }
        }
    }
}
