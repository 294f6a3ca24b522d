//! Where lakehand keeps its files.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The three places, `LAKEHAND_HOME` or the platform's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub config_file: PathBuf,
    /// Journal, query history, audit log, the demo lake.
    pub data_dir: PathBuf,
    /// Logs.
    pub state_dir: PathBuf,
}

impl Home {
    /// `None` where neither `LAKEHAND_HOME` nor a home directory is known.
    pub fn find() -> Option<Self> {
        match std::env::var_os("LAKEHAND_HOME").filter(|dir| !dir.is_empty()) {
            Some(dir) => Some(Self::below(Path::new(&dir))),
            None => Self::of_the_platform(),
        }
    }

    /// All three below one folder.
    pub fn below(dir: &Path) -> Self {
        Self {
            config_file: dir.join("config.toml"),
            data_dir: dir.join("data"),
            state_dir: dir.join("state"),
        }
    }

    fn of_the_platform() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", "lakehand")?;
        Some(Self {
            config_file: dirs.config_dir().join("config.toml"),
            data_dir: dirs.data_dir().to_owned(),
            // Only Linux has a state directory of its own.
            state_dir: dirs
                .state_dir()
                .map_or_else(|| dirs.data_local_dir().join("state"), Path::to_owned),
        })
    }

    /// The folder of the lake that `--demo` opens.
    pub fn demo_dir(&self) -> PathBuf {
        self.data_dir.join("demo")
    }

    pub fn audit_file(&self) -> PathBuf {
        self.data_dir.join("audit.jsonl")
    }

    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("lakehand.log")
    }
}

/// Makes `dir` and its parents, readable by nobody else.
///
/// # Errors
/// As [`DirBuilder::create`]. A directory that is there already keeps its mode.
pub fn make_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Opens `path` for appending, mode 0600 when it is new.
///
/// # Errors
/// As [`OpenOptions::open`].
pub fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}
