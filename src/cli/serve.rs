//! `lakehand serve --local DIR [--listen 127.0.0.1:4566]`

use crate::local::door::serve::{ListenError, listen, serve};
use crate::model::settings::Place;

use super::context::Context;
use super::failure::{Exit, Failure, say};
use super::local::open_folder;
use super::out::Out;

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// A loopback address; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566")]
    pub listen: String,
}

/// Ends at Ctrl-C or SIGTERM, which is how a server is meant to end.
pub(super) async fn run(context: &Context, args: &ServeArgs) -> Result<Exit, Failure> {
    let settings = context.choose()?.settings;
    let Place::Local(dir) = &settings.place else {
        return Err(Failure::usage("serve", "only a local lake can be served")
            .hint("name its folder with --local DIR"));
    };
    let listener = listen(&args.listen).await.map_err(|error| {
        let what = format!("serve on {}", args.listen);
        match error {
            ListenError::Bind { why, .. } => Failure::failed(what, why.to_string()),
            other => Failure::usage(what, other.to_string()),
        }
    })?;
    let lake = open_folder(dir, settings.demo).await?;
    let address =
        listener.local_addr().map_err(|error| Failure::failed("serve", error.to_string()))?;
    let mut out = Out::stdout();
    out.line(&format!("serving {} at http://{address}", crate::govern::shown(&settings.name)))?;
    out.flush()?;
    if !lake.has_secrets() {
        say("every user of this machine may enter: keys are `local`/`local`, or a name twice; \
             DIR/credentials sets others");
    }
    serve(lake, listener, context.cancel.clone()).await;
    Ok(Exit::Done)
}
