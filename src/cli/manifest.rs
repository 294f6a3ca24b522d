//! Where the manifest of what was put is.

use tokio::sync::mpsc::UnboundedReceiver;

use crate::transfer::manifest::Kept;

use super::failure::{note, say};

/// Says where it is, if `loud`, and gives its place on this machine. One that is missing is
/// told always; the files are where they should be all the same, so it fails nothing.
pub(super) fn tell(mut kept: UnboundedReceiver<Kept>, loud: bool) -> Option<String> {
    let mut place = None;
    while let Ok(Kept { file, in_lake, .. }) = kept.try_recv() {
        match file {
            Ok((path, _)) => place = Some(path.to_string_lossy().into_owned()),
            Err(trouble) => say(&format!("there is no manifest: {trouble}")),
        }
        match in_lake {
            Some(Ok(uri)) if loud => note(&format!("manifest: {uri}")),
            Some(Err(trouble)) => say(&format!("the manifest is not in the lake: {trouble}")),
            _ => {}
        }
    }
    if let Some(place) = place.as_ref().filter(|_| loud) {
        note(&format!("manifest: {place}"));
    }
    place
}
