//! `lakehand config check`

use clap::Subcommand;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;

#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Tell whether the configuration is good, and where it is
    Check,
}

pub(super) fn run(context: &Context, args: &ConfigArgs) -> Result<Exit, Failure> {
    match args.action {
        ConfigAction::Check => check(context),
    }
}

/// That it loads is known: the context did that. What the keymap says of `[keys]` is left.
fn check(context: &Context) -> Result<Exit, Failure> {
    super::keys::keymap(context)?;
    let file = context.config_file.display();
    let mut out = Out::stdout();
    if context.config_file.exists() {
        let lakes: Vec<&str> = context.config.lakes.keys().map(String::as_str).collect();
        let lakes = if lakes.is_empty() { "no lakes".to_owned() } else { lakes.join(", ") };
        out.line(&crate::govern::shown(&format!("{file}: good ({lakes})")))?;
    } else {
        out.line(&crate::govern::shown(&format!("{file}: not there; every key has its default")))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
