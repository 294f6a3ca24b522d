//! Where the workbench keeps what it keeps.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::model::manifest::Anchor;
use crate::model::settings::{Place, Settings};

/// Handed in by the wiring, which alone knows the machine's folders.
#[derive(Clone)]
pub struct Desk {
    /// Drafts and the history of statements lie below it.
    pub data_dir: PathBuf,
    /// Results lie here while they are on the screen, in files without a name.
    pub state_dir: PathBuf,
    /// Where the audit log stands, for manifests.
    pub anchor: Anchor,
}

impl Desk {
    /// The tabs of SQL on this lake.
    pub(super) fn drafts(&self, settings: &Settings) -> PathBuf {
        self.data_dir.join("drafts").join(format!("{}.json", file_name(settings)))
    }

    /// Bookmarks and recent places of this lake.
    pub(super) fn places(&self, settings: &Settings) -> PathBuf {
        self.data_dir.join("places").join(format!("{}.sqlite", file_name(settings)))
    }

    /// The statements that were run on this lake.
    pub(super) fn history(&self, settings: &Settings) -> PathBuf {
        self.data_dir.join("history").join(format!("{}.jsonl", file_name(settings)))
    }
}

/// A lake's name as a file's, with something of its folder where it has one: two folders may
/// go by one name.
fn file_name(settings: &Settings) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = settings.name.chars().take(64).map(plain).collect();
    match &settings.place {
        Place::Aws => name,
        Place::Local(dir) => {
            let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
            format!("{name}-{}", hex::encode(&digest[..4]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_the_folder() {
        let name = |name: &str| file_name(&Settings::aws(name));
        assert_eq!(name("../../etc/passwd"), "______etc_passwd");
        assert_eq!(name("tre-lake"), "tre-lake");
        let local = |dir: &str| {
            file_name(&Settings { place: Place::Local(dir.into()), ..Settings::aws("local") })
        };
        assert_ne!(local("/a"), local("/b"));
    }
}
