//! `lakehand audit [verify]`

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};

use clap::Subcommand;

use crate::govern::audit::{Verdict, verify};
use crate::govern::shown;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;
use crate::model::shown::escape_hidden;

#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub action: Option<AuditAction>,
}

#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Find edits, gaps and a changed order
    Verify,
}

pub(super) fn run(context: &Context, args: &AuditArgs) -> Result<Exit, Failure> {
    match args.action {
        None => print(context),
        Some(AuditAction::Verify) => check(context),
    }
}

/// The lines as they lie in the file, but for characters that would mislead a reader: those are
/// escaped as JSON can. A copy of this output is no proof: the file is.
fn print(context: &Context) -> Result<Exit, Failure> {
    let path = context.audit.file();
    let failed = |error: &std::io::Error| {
        Failure::failed(format!("read {}", path.display()), error.to_string())
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Exit::Done),
        Err(error) => return Err(failed(&error)),
    };
    let mut out = Out::stdout();
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(|error| failed(&error))?;
        out.line(&escape_hidden(&String::from_utf8_lossy(&line)))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn check(context: &Context) -> Result<Exit, Failure> {
    let path = context.audit.file();
    let what = format!("audit log {}", path.display());
    let verdict =
        verify(path).map_err(|error| Failure::failed(what.as_str(), error.to_string()))?;
    let mut out = Out::stdout();
    for fault in &verdict.faults {
        out.line(&shown(&fault.to_string()))?;
    }
    for line in remarks(&verdict) {
        out.line(&line)?;
    }
    out.flush()?;
    match verdict.faults.len() {
        0 => Ok(Exit::Done),
        1 => Err(Failure::failed(what, "it is not what was written: 1 fault")),
        many => Err(Failure::failed(what, format!("it is not what was written: {many} faults"))),
    }
}

fn remarks(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    if verdict.torn > 0 {
        let torn = verdict.torn;
        lines.push(format!(
            "the last line is torn ({torn} bytes): a write was cut off; the next one seals it"
        ));
    }
    if verdict.sealed > 0 {
        lines.push(format!("{} torn lines, each sealed by the next record", verdict.sealed));
    }
    if verdict.is_good() {
        lines.push(match &verdict.head {
            Some(head) => format!("good: {} records, head {}", verdict.records, head.hash),
            None => "good: no records yet".to_owned(),
        });
    }
    lines
}
