//! Whose access key goes with which secret.
//!
//! Without a credentials file every principal's secret is its own name: the lake is then as
//! open as the folder it lies in, which is right for a lake in a process and for a laptop.
//! `DIR/credentials` closes it. It holds one `ACCESS_KEY SECRET` a line; empty lines and lines
//! that begin with `#` are passed over; `local` is the administrator. The file must be
//! readable by its owner alone.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::super::principal::{ADMINISTRATOR, Principal};

/// The file's name in the lake's folder.
pub const FILE: &str = "credentials";

/// The lake's access keys.
#[derive(Clone, Default)]
pub struct Keys {
    /// `None`: every name is its own secret.
    listed: Option<HashMap<String, String>>,
}

impl Keys {
    /// Reads `dir/credentials`, if it is there.
    ///
    /// # Errors
    /// When it cannot be read, when others may read it, and when a line is no pair.
    pub fn load(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        if std::fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::other(format!(
                "others may read {}: chmod 600 it",
                path.display()
            )));
        }
        let listed =
            parse(&text).map_err(|why| io::Error::other(format!("{}: {why}", path.display())))?;
        Ok(Self { listed: Some(listed) })
    }

    /// The principal of an access key and its secret; `None` for a key that is not known.
    pub fn find(&self, access_key: &str) -> Option<(Principal, String)> {
        let principal = Principal::named(access_key).ok()?;
        let secret = match &self.listed {
            Some(listed) => listed.get(access_key)?.clone(),
            None => access_key.to_owned(),
        };
        Some((principal, secret))
    }

    /// True where a credentials file keeps others out.
    pub fn are_secret(&self) -> bool {
        self.listed.is_some()
    }
}

/// The administrator's access key, or that of the principal asked for.
pub fn access_key(principal: Option<&str>) -> &str {
    principal.unwrap_or(ADMINISTRATOR)
}

/// Never quotes a line: it may hold a secret.
fn parse(text: &str) -> Result<HashMap<String, String>, String> {
    let mut listed = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = at + 1;
        let mut words = line.split_whitespace();
        let (Some(key), Some(secret), None) = (words.next(), words.next(), words.next()) else {
            return Err(format!("line {number} is not an access key and its secret"));
        };
        Principal::named(key).map_err(|_| format!("line {number} has no valid access key"))?;
        if listed.insert(key.to_owned(), secret.to_owned()).is_some() {
            return Err(format!("line {number} repeats an access key"));
        }
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_a_name_is_its_own_secret() {
        let keys = Keys::default();
        assert_eq!(keys.find("local"), Some((Principal::Administrator, "local".into())));
        assert_eq!(keys.find("ann").unwrap().1, "ann");
        assert_eq!(keys.find("a/b"), None);
    }

    #[test]
    fn a_file_replaces_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        std::fs::write(&path, "# keys\nlocal s3cret\n\nann t0p\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let keys = Keys::load(dir.path()).unwrap();
        assert!(keys.are_secret());
        assert_eq!(keys.find("local").unwrap().1, "s3cret");
        assert_eq!(keys.find("bob"), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Keys::load(dir.path()).err().unwrap().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_bad_line_is_named_and_not_quoted() {
        for text in ["hush", "a b c", "a b\na c", "x/y hush"] {
            let why = parse(text).unwrap_err();
            assert!(why.contains("line") && !why.contains("hush"), "{why}");
        }
    }
}
