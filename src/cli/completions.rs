//! `lakehand completions SHELL`

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Args;
use super::failure::{Exit, Failure};
use super::out::Out;

#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    pub shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "lakehand", &mut script);
    let mut out = Out::stdout();
    out.bytes(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
