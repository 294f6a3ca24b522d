//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::model::mode::Mode;

use super::failure::{Exit, Failure};

/// A terminal workbench for the people who run an AWS data lake.
///
/// Without a verb the workbench starts.
#[derive(Debug, Parser)]
#[command(name = "lakehand", version, about, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What holds for the workbench and every verb.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "The lake")]
pub struct Globals {
    /// A lake of the configuration
    #[arg(long, global = true, value_name = "NAME", conflicts_with_all = ["local", "demo"])]
    pub lake: Option<String>,
    /// The local lake in this folder
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "demo")]
    pub local: Option<PathBuf>,
    /// A local lake with sample data, made on first use
    #[cfg_attr(not(feature = "local"), arg(skip))]
    #[cfg_attr(feature = "local", arg(long, global = true))]
    pub demo: bool,
    /// Act as this principal of a local lake
    #[arg(long = "as", global = true, value_name = "PRINCIPAL")]
    pub principal: Option<String>,
    /// What may be changed: read-only, curate or admin
    #[arg(long, global = true, value_name = "MODE", conflicts_with = "read_only")]
    pub mode: Option<Mode>,
    /// The same as --mode read-only
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Read this configuration instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Globals {
    /// The mode asked for on the command line.
    pub fn mode(&self) -> Option<Mode> {
        if self.read_only { Some(Mode::ReadOnly) } else { self.mode }
    }

    /// Clap checks each level of the command line by itself: `--lake a ls --demo` passes it.
    fn check(&self) -> Result<(), Failure> {
        let chosen = [self.lake.is_some(), self.local.is_some(), self.demo];
        if chosen.iter().filter(|chosen| **chosen).count() > 1 {
            return Err(Failure::usage("usage", "--lake, --local and --demo exclude each other"));
        }
        if self.read_only && self.mode.is_some() {
            return Err(Failure::usage("usage", "--mode and --read-only exclude each other"));
        }
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Upload files, verified
    Put(super::put::PutArgs),
    /// Download objects, verified
    Get(super::get::GetArgs),
    /// List buckets, folders and objects
    Ls(super::ls::LsArgs),
    /// Run a statement in Athena
    Sql(Box<super::sql::SqlArgs>),
    /// The journal of transfers: what is under way, unfinished or failed
    Transfers(super::transfers::TransfersArgs),
    /// Serve a local lake to any AWS client of this machine
    #[cfg(feature = "local")]
    Serve(super::serve::ServeArgs),
    /// The keys of the workbench, as they are bound now
    Keys,
    /// The audit log: print it, or check its chain
    Audit(super::audit::AuditArgs),
    /// The posture of the lake's buckets: what of them is not as it should be
    Check(super::check::CheckArgs),
    /// The configuration
    Config(super::config::ConfigArgs),
    /// A completion script for a shell
    Completions(super::completions::CompletionsArgs),
}

impl Verb {
    /// As it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Get(_) => "get",
            Self::Ls(_) => "ls",
            Self::Sql(_) => "sql",
            Self::Transfers(_) => "transfers",
            #[cfg(feature = "local")]
            Self::Serve(_) => "serve",
            Self::Keys => "keys",
            Self::Audit(_) => "audit",
            Self::Check(_) => "check",
            Self::Config(_) => "config",
            Self::Completions(_) => "completions",
        }
    }
}

/// Parses the command line. Help and version are printed here; so is what is wrong.
///
/// # Errors
/// The status to exit with.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Args, Exit> {
    let parsed = Args::try_parse_from(args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => Exit::Done,
            Err(error) => Failure::output(&error).report(),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // The help goes to standard error here.
            let _ = error.print();
            Exit::Usage
        }
        _ => usage_failure(&error.to_string()).report(),
    })?;
    parsed.globals.check().map_err(|failure| failure.report())?;
    Ok(parsed)
}

/// Clap's paragraphs in one line: what is wrong up to the first empty line, its tip as the hint.
fn usage_failure(text: &str) -> Failure {
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let why = one_line(first.strip_prefix("error: ").unwrap_or(first));
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    Failure::usage("usage", why).hint(tip.unwrap_or("see lakehand --help"))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn clap_errors_are_one_line() {
        let text =
            "error: unexpected argument '--foo' found\n\n  tip: use '--format'\n\nUsage: x\n";
        assert_eq!(
            usage_failure(text).to_string(),
            "usage: unexpected argument '--foo' found (use '--format')"
        );
        let text = "error: the following required arguments were not provided:\n  <DIR>\n\nUsage:";
        assert_eq!(
            usage_failure(text).to_string(),
            "usage: the following required arguments were not provided: <DIR> (see lakehand --help)"
        );
    }

    #[test]
    fn options_hold_before_and_after_the_verb() {
        for line in [["lakehand", "--read-only", "audit"], ["lakehand", "audit", "--read-only"]] {
            let args = Args::try_parse_from(line).unwrap();
            assert_eq!(args.globals.mode(), Some(Mode::ReadOnly));
        }
        let split = Args::try_parse_from(["lakehand", "--lake", "a", "audit", "--local", "d"]);
        assert!(split.is_err() || split.unwrap().globals.check().is_err());
    }
}
