//! A lake in a temporary folder, for the tests that need one.

use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use lakehand::lake::witness::{Act, Witness, nobody};
use lakehand::lake::{Lake, Seam};
use lakehand::local::LocalLake;
use lakehand::model::mode::Mode;
use lakehand::model::settings::{Place, Settings};
use tempfile::TempDir;

/// The embedded lake and its folder, which goes when this does.
pub struct Fixture {
    pub local: Arc<LocalLake>,
    folder: TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        Self::prepared(|_| {})
    }

    /// A lake whose folder was touched before it was opened.
    pub fn prepared(touch: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        touch(folder.path());
        Self { local: LocalLake::open(folder.path()).expect("the lake opens"), folder }
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn settings(&self) -> Settings {
        let place = Place::Local(self.dir().to_owned());
        Settings { place, mode: Mode::Admin, ..Settings::aws("test") }
    }

    /// The workbench's handle on it, as the administrator.
    pub fn lake(&self) -> Lake {
        self.lake_with(self.settings(), nobody())
    }

    pub fn lake_with(&self, settings: Settings, witness: Witness) -> Lake {
        let (access_key, secret_key) =
            self.local.sign_as(settings.principal.as_deref()).expect("a principal");
        let seam = Seam { http: self.local.connector(), access_key, secret_key };
        Lake::open(settings, Some(seam), witness)
    }
}

/// What every client of AWS's own SDK is made from: `who` at this lake, inside the process.
pub fn sdk(lake: &Arc<LocalLake>, who: Option<&str>) -> SdkConfig {
    let (key, secret) = lake.sign_as(who).expect("a principal");
    let signer = Credentials::new(key, secret, None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(SharedCredentialsProvider::new(signer))
        .http_client(lake.http_client())
        .build()
}

/// A witness that remembers.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Act>>>);

impl Memory {
    pub fn witness(&self) -> Witness {
        let memory = self.clone();
        Arc::new(move |act| memory.0.lock().expect("unpoisoned").push(act.clone()))
    }

    /// What was seen since the last time.
    pub fn take(&self) -> Vec<Act> {
        std::mem::take(&mut *self.0.lock().expect("unpoisoned"))
    }
}
