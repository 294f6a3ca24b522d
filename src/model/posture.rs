//! How a bucket of the lake stands against the reference: what is looked at, and what was found.

use std::fmt;

use super::trouble::{Kind, Trouble};

/// One thing that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    Encryption,
    Key,
    BucketKey,
    PublicAccess,
    Versioning,
    EncryptedWrites,
    TlsOnly,
    AccessLogs,
    AbortRule,
    Strays,
    LakeFormation,
}

impl Check {
    /// In the order that they are shown.
    pub const ALL: [Self; 11] = [
        Self::Encryption,
        Self::Key,
        Self::BucketKey,
        Self::PublicAccess,
        Self::Versioning,
        Self::EncryptedWrites,
        Self::TlsOnly,
        Self::AccessLogs,
        Self::AbortRule,
        Self::Strays,
        Self::LakeFormation,
    ];

    /// As scripts know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encryption => "encryption",
            Self::Key => "kms-key",
            Self::BucketKey => "bucket-key",
            Self::PublicAccess => "public-access",
            Self::Versioning => "versioning",
            Self::EncryptedWrites => "encrypted-writes",
            Self::TlsOnly => "tls-only",
            Self::AccessLogs => "access-logs",
            Self::AbortRule => "abort-rule",
            Self::Strays => "strays",
            Self::LakeFormation => "lake-formation",
        }
    }

    /// What the reference wants.
    pub fn wants(self) -> &'static str {
        match self {
            Self::Encryption => "KMS encrypts what comes without a word about it",
            Self::Key => "it does so with the bucket's own key, the one of the configuration",
            Self::BucketKey => "a bucket key saves requests to KMS",
            Self::PublicAccess => "all four blocks of public access are on",
            Self::Versioning => "versions are kept",
            Self::EncryptedWrites => "a write that does not ask for aws:kms is denied",
            Self::TlsOnly => "requests over a line without TLS are denied",
            Self::AccessLogs => "access logs are written, and arrive",
            Self::AbortRule => "a lifecycle rule aborts uploads that nobody completes",
            Self::Strays => "no such upload lies there",
            Self::LakeFormation => {
                "source and target are registered with Lake Formation under a role of their own, \
                 analyst is not"
            }
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Pass,
    /// It holds, and there is something to know about it.
    Warn,
    /// It could not be learnt: a denied call is never a pass.
    Unknown,
    Fail,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What came of one check. Nothing in here has been through the sanitiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: Check,
    pub verdict: Verdict,
    /// One sentence.
    pub found: String,
    /// What to do about it.
    pub todo: Option<String>,
}

impl Finding {
    fn new(check: Check, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { check, verdict, found: found.into(), todo: None }
    }

    pub fn pass(check: Check, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Pass, found)
    }

    pub fn warn(check: Check, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { todo: Some(todo.into()), ..Self::new(check, Verdict::Warn, found) }
    }

    pub fn fail(check: Check, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { todo: Some(todo.into()), ..Self::new(check, Verdict::Fail, found) }
    }

    /// It was asked and not learnt; says why, and which permission is missing where that is it.
    pub fn unknown(check: Check, trouble: &Trouble) -> Self {
        let Trouble { what, why, .. } = trouble;
        let (found, todo) = match (trouble.kind, &trouble.hint) {
            // What the service says of a denial is long, and mostly who and where.
            (Kind::Denied, Some(hint)) => {
                (format!("not allowed to {what}"), Some(format!("{hint} ({why})")))
            }
            (_, hint) => (format!("{what}: {why}"), hint.clone()),
        };
        Self { todo, ..Self::new(check, Verdict::Unknown, found) }
    }

    /// It was learnt, and cannot be judged.
    pub fn undecided(check: Check, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { todo: Some(todo.into()), ..Self::new(check, Verdict::Unknown, found) }
    }
}
