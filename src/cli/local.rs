//! The embedded lake's way into the verbs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::lake::Seam;
use crate::local::LocalLake;
use crate::local::demo::DemoError;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};

/// Opens the lake in a folder, filled with sample data where it is the demo's.
///
/// # Errors
/// A folder that cannot be a lake, a full disk.
pub(super) async fn open_folder(dir: &Path, demo: bool) -> Result<Arc<LocalLake>, Trouble> {
    let what = format!("open the local lake {}", dir.display());
    let folder: PathBuf = dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        // The lake itself takes the folder as it is; one that we make is ours alone.
        crate::config::home::make_private_dir(&folder).map_err(|error| error.to_string())?;
        LocalLake::open(&folder).map_err(|error| error.to_string())
    });
    let lake = match opened.await {
        Ok(Ok(lake)) => lake,
        Ok(Err(why)) => return Err(Trouble::new(Kind::Disk, what, why)),
        Err(panic) => return Err(Trouble::new(Kind::Other, what, panic.to_string())),
    };
    if demo {
        let failed = |error: DemoError| Trouble::new(Kind::Disk, what, error.to_string());
        lake.fill_demo().await.map_err(failed)?;
    }
    Ok(lake)
}

/// What the SDK's clients of this lake need.
pub(super) async fn into_folder(dir: &Path, settings: &Settings) -> Result<Seam, Trouble> {
    let lake = open_folder(dir, settings.demo).await?;
    let principal = settings.principal.as_deref();
    let (access_key, secret_key) = lake.sign_as(principal).map_err(|error| {
        Trouble::new(
            Kind::Invalid,
            format!("open the local lake {}", dir.display()),
            error.to_string(),
        )
    })?;
    Ok(Seam { http: lake.connector(), access_key, secret_key })
}
