//! No verb: the workbench.

use std::io;
use std::sync::Arc;

use super::args::Globals;
use super::context::Context;
use super::failure::{Exit, Failure};
use super::lake::{Chosen, choose};
use crate::lake::Lake;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::run::{self, Ended, Start};
use crate::work::{Desk as Places, Opener, Which};

/// Runs the workbench until it is left.
///
/// # Errors
/// What is wrong with the command line, the keymap or the terminal; what is wrong with the
/// lake is told on the screen.
pub(super) async fn run(context: &Arc<Context>) -> Result<Exit, Failure> {
    let chosen = context.choose()?;
    let keymap = super::keys::keymap(context)?;
    let title = if chosen.asked_for { chosen.settings.name.as_str() } else { "" };
    let start = Start {
        ui: context.config.ui.clone(),
        keymap,
        title: Shown::of(title),
        config_file: Shown::of(&context.config_file.display().to_string()),
        open: opener(context.clone(), chosen),
        places: Places {
            data_dir: context.home.data_dir.clone(),
            state_dir: context.home.state_dir.clone(),
            anchor: context.audit.anchor(),
        },
        cancel: context.cancel.clone(),
    };
    let ended = run::run(start).await.map_err(no_terminal)?;
    Ok(match ended {
        Ended::Done => Exit::Done,
        Ended::Interrupted | Ended::HungUp => Exit::Interrupted,
    })
}

fn no_terminal(error: io::Error) -> Failure {
    Failure::usage("open the workbench", error.to_string())
        .hint("the verbs need no terminal: lakehand --help")
}

fn opener(context: Arc<Context>, chosen: Chosen) -> Opener {
    Arc::new(move |which| {
        let (context, chosen) = (context.clone(), chosen.clone());
        Box::pin(async move {
            match which {
                Which::Asked => open(&context, chosen).await,
                Which::Demo => open(&context, demo(&context)?).await,
            }
        })
    })
}

/// The lake; `None` where nobody named one and there are no credentials for AWS either.
async fn open(context: &Context, chosen: Chosen) -> Result<Option<Lake>, Trouble> {
    let lake = context.open(chosen.settings).await?;
    if chosen.asked_for {
        return Ok(Some(lake));
    }
    match lake.session().await {
        Ok(_) => Ok(Some(lake)),
        Err(trouble) if matches!(trouble.kind, Kind::NoCredentials | Kind::Invalid) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn demo(context: &Context) -> Result<Chosen, Trouble> {
    let globals = Globals { demo: true, lake: None, local: None, ..context.globals.clone() };
    choose(&globals, &context.config, &context.home)
        .map_err(|failure| Trouble::new(Kind::Invalid, "open the demo", failure.to_string()))
}
