//! Which lake, and opening it.

use std::path::{Path, PathBuf};

use crate::config::{Config, Home};
use crate::lake::Lake;
use crate::model::mode::Mode;
use crate::model::settings::{Place, Settings};
use crate::model::trouble::{Kind, Trouble};

use super::args::Globals;
use super::context::Context;
use super::failure::Failure;
#[cfg(feature = "local")]
use super::local::into_folder;

/// The name of the lake that nobody configured.
const UNNAMED: &str = "aws";

/// What the command line and the configuration come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub settings: Settings,
    /// False where nobody named a lake: AWS with whatever credentials there are.
    pub asked_for: bool,
}

/// `--lake`, `--local`, `--demo`, `default_lake`, AWS: the first of them.
///
/// # Errors
/// A name that is not configured, and `--as` for a lake that has no local principals.
pub fn choose(globals: &Globals, config: &Config, home: &Home) -> Result<Chosen, Failure> {
    let named = globals.lake.as_ref().or(config.default_lake.as_ref());
    let (mut settings, asked_for) = if let Some(dir) = &globals.local {
        (in_folder(dir)?, true)
    } else if globals.demo {
        (demo(home), true)
    } else if let Some(name) = named {
        (configured(name, config)?, true)
    } else {
        (Settings::aws(UNNAMED), false)
    };
    if let Some(mode) = globals.mode() {
        settings.mode = mode;
    }
    if let Some(principal) = &globals.principal {
        if settings.place == Place::Aws {
            return Err(Failure::usage("--as", "only a local lake has principals to act as")
                .hint("in AWS the profile decides: set profile or AWS_PROFILE"));
        }
        settings.principal = Some(principal.clone());
    }
    Ok(Chosen { settings, asked_for })
}

fn configured(name: &str, config: &Config) -> Result<Settings, Failure> {
    config.lakes.get(name).cloned().ok_or_else(|| {
        let names: Vec<&str> = config.lakes.keys().map(String::as_str).collect();
        let hint = match names.is_empty() {
            true => "no lake is configured; --demo needs none".to_owned(),
            false => format!("there are: {}", names.join(", ")),
        };
        Failure::usage(format!("--lake {name}"), "there is no such lake").hint(hint)
    })
}

fn in_folder(dir: &Path) -> Result<Settings, Failure> {
    let whole = std::path::absolute(dir)
        .map_err(|error| Failure::usage(format!("--local {}", dir.display()), error.to_string()))?;
    let name = whole.file_name().map_or("local".into(), |name| name.to_string_lossy());
    Ok(local(&name, whole.clone()))
}

#[cfg(feature = "local")]
fn demo(home: &Home) -> Settings {
    crate::local::demo::settings(&home.demo_dir())
}

/// Never called: without local lakes there is no `--demo`.
#[cfg(not(feature = "local"))]
fn demo(home: &Home) -> Settings {
    Settings { demo: true, ..local("demo", home.demo_dir()) }
}

/// Nobody but its owner is hurt by a change to a lake in a folder.
fn local(name: &str, dir: PathBuf) -> Settings {
    Settings { place: Place::Local(dir), mode: Mode::Admin, ..Settings::aws(name) }
}

impl Context {
    pub fn choose(&self) -> Result<Chosen, Failure> {
        choose(&self.globals, &self.config, &self.home)
    }

    /// The lake of this command line.
    ///
    /// # Errors
    /// As [`choose`]; a folder that cannot be a lake; and where nobody named a lake, AWS
    /// credentials or a region that are not found.
    pub async fn open_lake(&self) -> Result<Lake, Failure> {
        let chosen = self.choose()?;
        let lake = self.open(chosen.settings).await?;
        if !chosen.asked_for {
            lake.session().await.map_err(unnamed)?;
        }
        Ok(lake)
    }

    /// The lake of these settings. Reads a local folder, and nothing from the network.
    ///
    /// # Errors
    /// A folder that cannot be a lake.
    pub async fn open(&self, settings: Settings) -> Result<Lake, Trouble> {
        let seam = match &settings.place {
            Place::Aws => None,
            Place::Local(dir) => Some(into_folder(dir, &settings).await?),
        };
        Ok(Lake::open(settings, seam, self.audit.witness()))
    }
}

/// Without a lake, what is missing is most likely the lake.
fn unnamed(trouble: Trouble) -> Failure {
    match trouble.kind {
        Kind::NoCredentials | Kind::Invalid => Failure::usage("open a lake", trouble.why).hint(
            "name one with --lake, --local or --demo, or set up AWS credentials and a region",
        ),
        _ => trouble.into(),
    }
}

#[cfg(not(feature = "local"))]
async fn into_folder(dir: &Path, _: &Settings) -> Result<crate::lake::Seam, Trouble> {
    let what = format!("open the local lake {}", dir.display());
    Err(Trouble::new(Kind::Invalid, what, "this lakehand was built without local lakes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const CONFIG: &str = "
        default_lake = \"tre\"
        [lakes.tre]
        mode = \"read-only\"
        [lakes.laptop]
        local = \"/lakes/demo\"
    ";

    fn chosen(globals: Globals, config: &str) -> Result<Chosen, Failure> {
        let config = parse(Path::new("config.toml"), config).unwrap();
        choose(&globals, &config, &Home::below(Path::new("/h")))
    }

    #[test]
    fn the_first_that_is_named_wins() {
        let none = Globals::default();
        assert_eq!(chosen(none.clone(), CONFIG).unwrap().settings.name, "tre");
        let aws = chosen(none.clone(), "").unwrap();
        assert_eq!((aws.settings.name.as_str(), aws.asked_for), ("aws", false));
        let lake = Some("laptop".to_owned());
        let laptop = chosen(Globals { lake, ..none.clone() }, CONFIG).unwrap().settings;
        assert_eq!(laptop.place, Place::Local("/lakes/demo".into()));
        assert_eq!(laptop.mode, Mode::Curate);
        let demo = chosen(Globals { demo: true, ..none }, CONFIG).unwrap().settings;
        assert_eq!(demo.place, Place::Local("/h/data/demo".into()));
        assert!(demo.demo);
    }

    #[test]
    fn a_folder_is_ours_to_change_unless_asked_otherwise() {
        let globals = Globals { local: Some("/lakes/x".into()), ..Globals::default() };
        let lake = chosen(globals.clone(), CONFIG).unwrap().settings;
        assert_eq!((lake.name.as_str(), lake.mode), ("x", Mode::Admin));
        let careful = Globals { read_only: true, ..globals };
        assert_eq!(chosen(careful, CONFIG).unwrap().settings.mode, Mode::ReadOnly);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let lake = Some("trr".to_owned());
        let failure = chosen(Globals { lake, ..Globals::default() }, CONFIG).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "--lake trr: there is no such lake (there are: laptop, tre)"
        );
        let principal = Some("analyst".to_owned());
        assert!(chosen(Globals { principal, ..Globals::default() }, CONFIG).is_err());
    }
}
