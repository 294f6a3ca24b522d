//! How a verb ends.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::govern::shown;
use crate::model::trouble::{Kind, Trouble};

/// The exit status; scripts go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// The command line or the configuration is wrong: trying again does not help.
    Usage,
    SomeFailed,
    /// Ctrl-C or SIGTERM.
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SomeFailed => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a verb did not do what it was asked; `Display` is `WHAT: WHY (HINT)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub what: String,
    pub why: String,
    pub hint: Option<String>,
    /// Nobody reads any more: say nothing.
    quiet: bool,
}

impl Failure {
    fn new(exit: Exit, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { exit, what: what.into(), why: why.into(), hint: None, quiet: false }
    }

    pub fn failed(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what, why)
    }

    pub fn usage(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what, why)
    }

    pub fn interrupted() -> Self {
        Self { quiet: true, ..Self::new(Exit::Interrupted, "interrupted", "") }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which of several things it was.
    pub fn of(self, which: &str) -> Self {
        Self { what: format!("{which}: {}", self.what), ..self }
    }

    /// A failure to print: a reader that left (`| head`) is no failure at all.
    pub fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { quiet: true, ..Self::new(Exit::Done, "output", "") };
        }
        Self::failed("write to standard output", error.to_string())
    }

    /// Tells it on standard error, one line, and gives the status to exit with.
    pub fn report(&self) -> Exit {
        if !self.quiet {
            say(&self.to_string());
        }
        self.exit
    }
}

/// One line of our own on standard error, through the sanitiser.
pub fn say(line: &str) {
    use io::Write;
    // Standard error may be closed; there is nowhere left to say so.
    let _ = writeln!(io::stderr(), "lakehand: {}", shown(line));
}

/// One line on standard error that is no complaint.
pub fn note(line: &str) {
    use io::Write;
    let _ = writeln!(io::stderr(), "{}", shown(line));
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let exit = match trouble.kind {
            Kind::Cancelled => return Self::interrupted(),
            Kind::NoCredentials | Kind::Invalid => Exit::Usage,
            _ => Exit::Failed,
        };
        Self { hint: trouble.hint, ..Self::new(exit, trouble.what, trouble.why) }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let file = error.file.display();
        let what = match error.line {
            Some(line) => format!("{file}:{line}"),
            None => file.to_string(),
        };
        Self { hint: error.hint, ..Self::usage(what, error.why) }
    }
}
