//! What a kill may leave: files that no row knows.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::error::StoreError;
use super::layout::Layout;
use crate::local::state::State;

/// A file is older than its row by less than this, in any process that is alive.
const YOUNG: Duration = Duration::from_secs(3600);

/// Removes blobs, versions and upload folders that nothing refers to any more.
pub fn orphans(layout: &Layout, state: &State) -> Result<(), StoreError> {
    let places = [
        (&layout.blobs, "SELECT blob FROM s3_objects WHERE blob IS NOT NULL"),
        (&layout.versions, "SELECT file FROM s3_versions WHERE file IS NOT NULL"),
        (&layout.uploads, "SELECT id FROM s3_uploads"),
    ];
    for (folder, known) in places {
        let old = old_names(folder)?;
        if old.is_empty() {
            continue;
        }
        // Asked after the folder was read: a row made since then cannot be missed.
        let known: HashSet<String> =
            state.with(|db| db.prepare(known)?.query_map([], |row| row.get(0))?.collect())?;
        for name in old.into_iter().filter(|name| !known.contains(name)) {
            let path = folder.join(name);
            // Another process may be sweeping too.
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
        }
    }
    Ok(())
}

fn old_names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let old = |time: SystemTime| time.elapsed().is_ok_and(|age| age > YOUNG);
        let Ok(meta) = entry.metadata() else { continue };
        if changed(&meta).is_some_and(old)
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// When the file was last renamed or changed; its bytes may be much older.
fn changed(meta: &std::fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(meta.ctime()).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
