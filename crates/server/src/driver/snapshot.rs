//! Whole-dataset work: saving everything, snapshots, counts and scans, off the runtime's threads.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use hadal_dataset::{DatasetError, Page};

use super::Driver;

impl Driver {
    /// Everything that was owed at the call is in the store, and the store is synced.
    pub async fn save_all(&self) -> Result<(), String> {
        self.save_owed().await?;
        let dataset = self.share();
        self.blocking(move || dataset.sync()).await?;
        Ok(())
    }

    /// Everything that was owed at the call is in the store.
    pub(super) async fn save_owed(&self) -> Result<(), String> {
        let saved = self.saves.all().await;
        saved.map_err(|_| "the server is shutting down".to_owned())?
    }

    /// Saves everything, then takes every clean entry out of memory.
    pub async fn flush_cache(&self) -> Result<(), String> {
        self.save_all().await?;
        self.dataset.keyspace().evict_all();
        Ok(())
    }

    /// Saves everything and makes a copy of the dataset as it is at one moment during the call,
    /// under `snapshots/name`. A server started with that folder has it all. Writes go on.
    pub async fn snapshot(&self, name: &str) -> Result<PathBuf, String> {
        self.counters.snapshots.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join("snapshots").join(name);
        let result = self.copy_to(dir.clone()).await;
        match &result {
            Ok(()) => self.counters.last_save.store(self.moment().unix / 1_000, Ordering::Relaxed),
            Err(error) => {
                tracing::error!(error, "snapshot failed");
                self.counters.snapshots_failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        result.map(|()| dir)
    }

    async fn copy_to(&self, dir: PathBuf) -> Result<(), String> {
        self.save_all().await?;
        let dataset = self.share();
        self.blocking(move || dataset.snapshot(&dir)).await
    }

    /// How many keys a database has: exactly.
    pub async fn dbsize(&self, db: u32) -> Result<u64, String> {
        let dataset = self.share();
        self.blocking(move || dataset.count(db)).await
    }

    /// A page of a scan.
    pub async fn scan(&self, db: u32, cursor: u64, count: usize) -> Result<Page, String> {
        let dataset = self.share();
        self.blocking(move || dataset.scan(db, cursor, count)).await
    }

    /// A key of a database, each as likely as every other.
    pub async fn random_key(&self, db: u32) -> Result<Option<Vec<u8>>, String> {
        let dataset = self.share();
        self.blocking(move || dataset.random_key(db)).await
    }

    async fn blocking<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, DatasetError> + Send + 'static,
    ) -> Result<R, String> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
