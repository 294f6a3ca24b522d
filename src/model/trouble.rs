//! What went wrong, in the form a person can act on.

use std::fmt;

/// The kind of a failure, where the program behaves differently for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Credentials are missing.
    NoCredentials,
    /// Credentials were there and are no longer good: log in again.
    Expired,
    /// The caller may not do this.
    Denied,
    /// Nothing of that name.
    NotFound,
    /// The bucket lives in another region.
    WrongRegion,
    /// The service asked to slow down; already retried.
    Throttled,
    /// No answer: refused, reset, timed out, no such host.
    Unreachable,
    /// A condition (`If-None-Match`, `If-Match`) did not hold: 412 or 409.
    Precondition,
    /// The mode or the account guard refused before anything was sent.
    Refused,
    /// The caller's input was wrong.
    Invalid,
    /// What arrived is not what was sent.
    Integrity,
    /// The local file system said no.
    Disk,
    /// The user cancelled it.
    Cancelled,
    Other,
}

/// A failure: one sentence, and what is known beside it.
///
/// `Display` is the contract of the command line: `WHAT: WHY (HINT)`. Nothing in here has
/// been through the sanitiser yet: whoever shows it does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub kind: Kind,
    /// What was being done: `list s3://b/p/`.
    pub what: String,
    /// Why it failed, one sentence without a full stop.
    pub why: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
    /// The service's error code, as the service spells it: `AccessDenied`.
    pub code: Option<String>,
    /// The service's request id, for a support case.
    pub request_id: Option<String>,
}

impl Trouble {
    pub fn new(kind: Kind, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { kind, what: what.into(), why: why.into(), hint: None, code: None, request_id: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with another's hint, where it had one.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// True where the store does not know what it was asked for: 501.
    pub fn is_unknown_there(&self) -> bool {
        matches!(self.code.as_deref(), Some("NotImplemented" | "HTTP 501"))
    }

    /// A failure of the local file system while doing `what`.
    pub fn disk(what: impl Into<String>, error: &std::io::Error) -> Self {
        Self::new(Kind::Disk, what, error.to_string())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Trouble {}
