//! Glue: the Data Catalog, crawlers and jobs, in the wire shapes of Glue's JSON 1.1 API.

mod api;
mod catalog;
mod crawler;
mod engine;
mod expression;
pub(super) mod fault;
mod jobs;
mod logs;
mod names;
pub(super) mod page;
pub mod types;

use std::sync::Arc;

use super::ApiError;
use super::s3::Store;
use super::sql::Engine;
use super::state::State;

pub use catalog::{Catalog, Comparator, DEFAULT_DATABASE, Filter, Search};
pub use logs::Line as LogLine;

use fault::{Fault, read, write};

/// The Glue API of one lake. Cloning shares it.
#[derive(Clone)]
pub struct Glue {
    inner: Arc<Inner>,
}

struct Inner {
    state: State,
    store: Store,
    catalog: Catalog,
    engine: Engine,
}

impl Glue {
    /// Opens it, and ends the crawls and runs of processes that have gone.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(
        state: State,
        store: Store,
        catalog: Catalog,
        engine: Engine,
    ) -> Result<Self, ApiError> {
        state.migrate("glue_logs", logs::STEPS).map_err(Fault::from)?;
        state.migrate("glue_crawlers", crawler::store::STEPS).map_err(Fault::from)?;
        state.migrate("glue_jobs", jobs::store::STEPS).map_err(Fault::from)?;
        let glue = Self { inner: Arc::new(Inner { state, store, catalog, engine }) };
        glue.repair()?;
        Ok(glue)
    }

    /// Ends the crawls and runs of processes that have gone. Other processes use the lake too
    /// and may be killed, so this is done before every answer that tells of runs.
    fn repair(&self) -> Result<(), ApiError> {
        let orphaned = read(&self.inner.state, |db| {
            Ok(crawler::store::orphaned(db)? || jobs::store::orphaned(db)?)
        })?;
        if orphaned {
            write(&self.inner.state, crawler::store::repair)?;
            write(&self.inner.state, jobs::store::repair)?;
        }
        Ok(())
    }

    /// What a job run (by its id) or a crawler (by its name) logged, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn log_lines(&self, stream: &str) -> Result<Vec<LogLine>, ApiError> {
        logs::lines(&self.inner.state, stream)
    }
}
