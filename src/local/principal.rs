//! Who may call the embedded lake.
//!
//! There is one account. Its administrator and its users are told apart by access key alone;
//! what a user may do is for each service to say.

use std::fmt;

/// The one account of a local lake.
pub const ACCOUNT: &str = "000000000000";

/// The region a local lake reports. A signature made for any other region is accepted too:
/// clients come configured for wherever their owner works.
pub const REGION: &str = "us-east-1";

/// The administrator's access key, and its secret.
pub const ADMINISTRATOR: &str = "local";

/// A caller whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// May do everything.
    Administrator,
    /// Anyone else, by name.
    User(String),
}

/// Why a text cannot name a local principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a local principal: use 1 to 64 of A-Z a-z 0-9 + = , . @ _ -")]
pub struct BadName(pub String);

impl Principal {
    /// The principal of this access key.
    ///
    /// # Errors
    /// When it holds characters that an IAM user name may not
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
    pub fn named(name: &str) -> Result<Self, BadName> {
        if name == ADMINISTRATOR {
            return Ok(Self::Administrator);
        }
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
        if fits { Ok(Self::User(name.to_owned())) } else { Err(BadName(name.to_owned())) }
    }

    /// The name, which is also the access key where no credentials file says otherwise.
    pub fn name(&self) -> &str {
        match self {
            Self::Administrator => ADMINISTRATOR,
            Self::User(name) => name,
        }
    }

    /// `arn:aws:iam::000000000000:user/analyst`; the administrator is the account's root.
    pub fn arn(&self) -> String {
        match self {
            Self::Administrator => format!("arn:aws:iam::{ACCOUNT}:root"),
            Self::User(name) => format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
        }
    }

    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Administrator)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_arns() {
        assert_eq!(Principal::named("local"), Ok(Principal::Administrator));
        let analyst = Principal::named("analyst").unwrap();
        assert_eq!(analyst.arn(), "arn:aws:iam::000000000000:user/analyst");
        assert!(!analyst.is_admin());
    }

    #[test]
    fn names_with_room_for_mischief_are_refused() {
        for name in ["", "a/b", "a b", "ä", "x:y", &"n".repeat(65)] {
            assert!(Principal::named(name).is_err(), "{name:?}");
        }
    }
}
