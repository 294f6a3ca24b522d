//! What every verb starts from.

use std::path::PathBuf;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Home, load};
use crate::govern::audit::Log;
use crate::lake::Lake;
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::Journal;
use crate::transfer::manifest::{self, Kept, Manifests};

use super::args::Globals;
use super::failure::Failure;

pub struct Context {
    pub globals: Globals,
    pub home: Home,
    /// The file that was read, or would be.
    pub config_file: PathBuf,
    pub config: Config,
    pub audit: Log,
    /// Cancelled by Ctrl-C and SIGTERM.
    pub cancel: CancellationToken,
}

impl Context {
    /// Finds the places and reads the configuration.
    ///
    /// # Errors
    /// A configuration that cannot be used.
    pub fn new(globals: Globals, cancel: CancellationToken) -> Result<Self, Failure> {
        let home = Home::find().ok_or_else(|| {
            Failure::usage("configuration", "the home directory is not known")
                .hint("set HOME or LAKEHAND_HOME")
        })?;
        let asked_for = globals.config.is_some();
        let config_file = globals.config.clone().unwrap_or_else(|| home.config_file.clone());
        let config = load(&config_file, asked_for)?;
        let audit = Log::new(home.audit_file());
        Ok(Self { globals, home, config_file, config, audit, cancel })
    }

    /// The journal of transfers, for this lake's.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub async fn journal(&self, lake: &Lake) -> Result<Journal, Trouble> {
        let (data_dir, settings) = (self.home.data_dir.clone(), lake.settings().clone());
        match tokio::task::spawn_blocking(move || Journal::open(&data_dir, &settings)).await {
            Ok(opened) => opened,
            Err(error) => Err(Trouble::new(Kind::Other, "open the journal", error.to_string())),
        }
    }

    /// Where an engine keeps its manifests, and what it tells of them.
    pub fn manifests(&self) -> (Manifests, UnboundedReceiver<Kept>) {
        let (kept, told) = unbounded_channel();
        let folder = self.home.data_dir.join(manifest::FOLDER);
        (Manifests { folder, anchor: self.audit.anchor(), kept }, told)
    }

    /// Runs `work` until Ctrl-C; for verbs that have nothing to put in order then.
    pub async fn until_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::interrupted()),
            done = work => done,
        }
    }
}
