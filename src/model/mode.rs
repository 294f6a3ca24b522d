//! What this session may change. IAM is the boundary; the mode is a safety catch.

use std::fmt;
use std::str::FromStr;

/// How far a session may go, from looking only to changing who may see what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// No mutating call leaves the program.
    ReadOnly,
    /// Data: objects, queries, job runs.
    #[default]
    Curate,
    /// Also Lake Formation changes and bucket-level deletes.
    Admin,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Curate, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Curate => "curate",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| format!("{text:?} is not a mode: use read-only, curate or admin"))
    }
}
