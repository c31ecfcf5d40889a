//! Loading: a key's record or a page of its value, from the store to memory.

use std::sync::atomic::Ordering;

use hadal_keyspace::{LoadFailed, Loaded, Pin, Wanted};
use hadal_storage::StoreError;
use hadal_value::Record;
use hadal_value::tree::PageId;

use crate::dataset::{Dataset, Load};
use crate::layout;

/// What was found where something was looked for.
enum Found {
    There,
    Nothing,
}

impl Dataset {
    /// Performs a load, from the medium if need be, and reports its end to those who wait.
    pub fn load(&self, load: &Load) -> Result<(), LoadFailed> {
        let start = self.env.clock.monotonic_micros();
        let found = match load.page {
            None => self.load_key(load),
            Some(page) => self.load_page(load, page),
        };
        let count = match &found {
            Ok(Found::There) => &self.loads.found,
            Ok(Found::Nothing) => &self.loads.absent,
            Err(_) => &self.loads.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
        let micros = self.env.clock.monotonic_micros().saturating_sub(start);
        self.loads.micros.fetch_add(micros, Ordering::Relaxed);
        found.map(|_| ())
    }

    fn load_key(&self, load: &Load) -> Result<Found, LoadFailed> {
        let mut key = Vec::new();
        layout::record_key(load.space, self.keyspace.place(&load.key), &load.key, &mut key);
        let found = self.read(&key);
        let record = found
            .as_ref()
            .map_err(|failed| *failed)
            .and_then(|bytes| bytes.as_deref().map(decode).transpose());
        self.finish_load(load, record)?;
        record.map(|record| if record.is_some() { Found::There } else { Found::Nothing })
    }

    /// Reports what was found at a key, and loads what the effects of the journal's tail that
    /// waited for it want beside.
    pub(crate) fn finish_load(&self, load: &Load, found: Loaded<'_>) -> Result<(), LoadFailed> {
        let wanted = self.keyspace.loaded(&load.ticket, found, self.moment());
        let mut pins = Vec::new();
        let replayed = self.load_for_replay(load, wanted, &mut pins);
        for pin in &pins {
            self.keyspace.unpin(pin);
        }
        replayed
    }

    /// Reads the pages that effects of the journal's tail want, until they want no more.
    fn load_for_replay(
        &self,
        load: &Load,
        mut wanted: Wanted,
        pins: &mut Vec<Pin>,
    ) -> Result<(), LoadFailed> {
        while wanted != Wanted::default() {
            let read = |id: &PageId| {
                let bytes = self.read_page(load.space, *id)?;
                Ok((*id, bytes.ok_or(LoadFailed::Corrupt)?))
            };
            let pages: Result<Vec<_>, LoadFailed> = wanted.0.iter().map(read).collect();
            let now = self.moment();
            wanted = match pages {
                Ok(pages) => self.keyspace.loaded_for_replay(&load.ticket, pages, pins, now),
                // Nothing waits for the pages any more. Another load has applied the effects, and a
                // save since may have removed pages; or the database is gone.
                Err(_) if !self.keyspace.has_replay(&load.ticket) => {
                    self.keyspace.loaded_for_replay(&load.ticket, Vec::new(), pins, now)
                }
                Err(failed) => {
                    tracing::error!(
                        ?failed,
                        "pages that the journal's tail wants could not be read"
                    );
                    self.keyspace.loaded(&load.ticket, Err(failed), now);
                    return Err(failed);
                }
            };
        }
        Ok(())
    }

    fn load_page(&self, load: &Load, page: PageId) -> Result<Found, LoadFailed> {
        let now = self.moment();
        match self.read_page(load.space, page) {
            Ok(Some(bytes)) => {
                self.keyspace.loaded_page(&load.ticket, Ok(bytes), now);
                Ok(Found::There)
            }
            Ok(None) => {
                let missing = self.keyspace.missing_page(&load.ticket, load.space, &load.key, page);
                missing
                    .map(|()| Found::Nothing)
                    .inspect_err(|_| _ = malformed("a value with pages"))
            }
            Err(failed) => {
                self.keyspace.loaded_page(&load.ticket, Err(failed), now);
                Err(failed)
            }
        }
    }

    fn read_page(&self, space: u32, id: PageId) -> Result<Option<Vec<u8>>, LoadFailed> {
        let mut key = Vec::new();
        layout::page_key(space, id, &mut key);
        let Some(bytes) = self.read(&key)? else { return Ok(None) };
        hadal_value::check_page(id, &bytes).map_err(|_| malformed("a page"))?;
        Ok(Some(bytes))
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LoadFailed> {
        self.store.get(key).map_err(|error| read_failed(&error))
    }
}

/// What an error of the store means for whoever wanted to read.
pub(crate) fn read_failed(error: &StoreError) -> LoadFailed {
    let failed = match error {
        StoreError::Corrupt { .. } => LoadFailed::Corrupt,
        StoreError::Unavailable { .. } | StoreError::Full { .. } | StoreError::Closed => {
            LoadFailed::Unavailable
        }
    };
    tracing::error!(?failed, %error, "load failed");
    failed
}

fn decode(bytes: &[u8]) -> Result<Record<'_>, LoadFailed> {
    let record = Record::decode(bytes).map_err(|_| malformed("a record"))?;
    let checked = hadal_value::check_payload(record.kind, record.payload);
    checked.map_err(|_| malformed("a value with pages"))?;
    Ok(record)
}

/// What is read is none that this version writes.
pub(crate) fn malformed(what: &str) -> LoadFailed {
    tracing::error!(what, "load failed: the bytes are none that this version knows");
    LoadFailed::Corrupt
}
