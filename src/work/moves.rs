//! Uploads and downloads: what a prompt was answered with becomes plans for the queue.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::there::{self, FEW};
use super::{Cx, blocking, paths};
use crate::govern::path::PathGuard;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::transfer::{Download, Placer, Plan, Upload, UploadHow, walk};
use crate::ui::panes::buckets::Planned;

/// A file goes below the folder under its name; a folder takes its own name along, as in a
/// file manager.
fn upload_of(from: &Path, to: &S3Uri, how: UploadHow) -> Upload {
    let recursive = from.is_dir();
    let name = from.canonicalize().ok();
    let name = name.as_deref().unwrap_or(from).file_name().and_then(|name| name.to_str());
    let to = match name {
        Some(name) if recursive => to.join(&format!("{name}/")),
        _ => to.clone(),
    };
    Upload { recursive, how, ..Upload::new(vec![from.to_owned()], to) }
}

/// What an upload would send, and what of it is there already.
pub(super) async fn plan(from: PathBuf, to: S3Uri, cx: &Cx) -> Result<Planned, Trouble> {
    let lake = cx.lake()?;
    let from = paths::typed(&from);
    let source = from.clone();
    let place = to.clone();
    let (plan, found) = blocking(move || found(&source, &place)).await?;
    let folder = plan.folder();
    let there = match found.keys.len() as u64 == found.files {
        true => there::one_by_one(&lake, &folder.bucket, found.keys).await?,
        false => there::of_files(&lake, &from, found.files, &folder).await?,
    };
    Ok(Planned {
        from,
        to,
        files: found.files,
        bytes: found.bytes,
        existing: there.count,
        example: there.example.as_deref().map(Shown::of),
    })
}

/// What a walk found.
#[derive(Default)]
struct Found {
    files: u64,
    bytes: u64,
    /// Where the files go; only of a few.
    keys: Vec<String>,
}

fn found(from: &Path, to: &S3Uri) -> Result<(Upload, Found), Trouble> {
    let what = || format!("upload {}", from.display());
    if let Err(error) = std::fs::metadata(from) {
        return Err(Trouble::disk(what(), &error).hint("tab completes the path"));
    }
    let plan = upload_of(from, to, UploadHow::default());
    let mut found = Found::default();
    let mut refused = None;
    walk(&plan, |file| {
        found.files += 1;
        found.bytes += file.path.metadata().map_or(0, |meta| meta.len());
        match file.to {
            Ok(uri) if found.keys.len() < FEW => found.keys.push(uri.key),
            Ok(_) => {}
            Err(unfit) => refused = Some(unfit.trouble),
        }
        ControlFlow::Continue(())
    });
    match refused {
        // One file of many fails in the queue, with its sentence; a single one fails here.
        Some(trouble) if found.files == 1 => Err(trouble),
        _ => Ok((plan, found)),
    }
}

pub(super) async fn upload(
    from: PathBuf,
    to: S3Uri,
    how: UploadHow,
    cx: &Cx,
) -> Result<(), Trouble> {
    let engine = cx.engine()?;
    let plan = blocking(move || upload_of(&paths::typed(&from), &to, how)).await;
    engine.add(Plan::Upload(plan));
    Ok(())
}

/// Objects go into the folder under their names; a folder of the bucket becomes a folder.
pub(super) async fn download(what: Vec<S3Uri>, folder: PathBuf, cx: &Cx) -> Result<(), Trouble> {
    let engine = cx.engine()?;
    let folder = paths::typed(&folder);
    let (prefixes, keys): (Vec<S3Uri>, Vec<S3Uri>) = what.into_iter().partition(S3Uri::is_prefix);
    if !keys.is_empty() {
        engine.add(Plan::Download(plan_of(keys, folder.clone(), false)));
    }
    for prefix in prefixes {
        let into = match prefix.name().trim_end_matches('/') {
            "" => folder.clone(),
            name => placer(&folder)(name, &prefix)?,
        };
        engine.add(Plan::Download(plan_of(vec![prefix], into, true)));
    }
    Ok(())
}

pub(super) fn plan_of(sources: Vec<S3Uri>, folder: PathBuf, recursive: bool) -> Download {
    let place = placer(&folder);
    Download { sources, folder, recursive, version: None, place }
}

/// Keys are strangers' words: where they may land is decided by one set of rules.
pub(super) fn placer(folder: &Path) -> Placer {
    let guard = Mutex::new(PathGuard::new(folder));
    Arc::new(move |name, from| {
        let mut guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard
            .place(name, &from.key)
            .map_err(|refused| Trouble::new(Kind::Refused, format!("get {from}"), refused.why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_its_name_along_and_a_file_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("reads");
        std::fs::create_dir_all(sub.join("lane1")).unwrap();
        std::fs::write(sub.join("lane1/a.fastq"), "ACGT").unwrap();
        let to = S3Uri::new("b", "in/");
        let (_, all) = found(&sub, &to).unwrap();
        assert_eq!(all.keys, ["in/reads/lane1/a.fastq"]);
        assert_eq!((all.files, all.bytes), (1, 4));
        let (_, one) = found(&sub.join("lane1/a.fastq"), &to).unwrap();
        assert_eq!(one.keys, ["in/a.fastq"]);
    }

    #[test]
    fn a_path_that_is_not_there_is_a_sentence() {
        let trouble = found(Path::new("/no/such/file"), &S3Uri::new("b", "")).err().unwrap();
        assert_eq!(trouble.kind, Kind::Disk);
        assert!(trouble.to_string().contains("/no/such/file"), "{trouble}");
    }

    #[test]
    fn a_hostile_key_stays_out() {
        let dir = tempfile::tempdir().unwrap();
        let place = placer(dir.path());
        assert!(place("../x", &S3Uri::new("b", "a/../x")).is_err());
        assert!(place("x", &S3Uri::new("b", "a/x")).is_ok());
        assert!(place("X", &S3Uri::new("b", "a/X")).is_err(), "collides by case");
    }
}
