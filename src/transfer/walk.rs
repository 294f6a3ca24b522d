//! Reads folders for an upload, handing out each file as it is found.
//!
//! A symbolic link is followed where it leads to a regular file inside the folder that was
//! named; one that leads out of it, to a folder or nowhere is reported, so that nothing is
//! left out in silence and nothing outside is uploaded by surprise. A link named as a source
//! itself is followed. Empty folders have no counterpart in S3 and leave none.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::plan::Upload;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// One file of an upload, or why it cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub to: Result<S3Uri, Unfit>,
}

/// A name that is no file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Where it would have gone; the folder, where no key can be made of its name.
    pub meant: S3Uri,
    pub trouble: Trouble,
}

/// Walks all sources in order. Blocking; ends early when `each` breaks.
pub fn walk(plan: &Upload, mut each: impl FnMut(Found) -> ControlFlow<()>) {
    let mut seen = Seen::default();
    for source in &plan.sources {
        let flow = match fs::metadata(source) {
            Ok(meta) if meta.is_dir() && plan.recursive => {
                seen.enter(source);
                walk_folder(plan, source, &seen, &mut each)
            }
            // What is no file fails when it is opened, with its own sentence.
            Ok(_) => each(seen.file(plan, source)),
            Err(error) => {
                let meant = plan.to_of_file(source);
                each(fail(plan, source, meant, Trouble::disk(what(source), &error)))
            }
        };
        if flow.is_break() {
            return;
        }
    }
}

/// What earlier sources of the same upload have claimed: two sources may hold the same name.
#[derive(Default)]
struct Seen {
    keys: HashSet<String>,
    folders: Vec<PathBuf>,
}

impl Seen {
    fn enter(&mut self, folder: &Path) {
        self.folders.push(folder.to_owned());
    }

    fn file(&mut self, plan: &Upload, path: &Path) -> Found {
        let to = match plan.to_of_file(path) {
            Ok(to) => to,
            Err(trouble) => return fail(plan, path, Ok(plan.folder()), trouble),
        };
        let name = path.file_name().map(Path::new).unwrap_or(path);
        let fresh = self.keys.insert(to.key.clone()) && !self.in_folders(name, None);
        if fresh { fit(path, to) } else { twice(plan, path, to) }
    }

    /// A file found below the newest folder.
    fn found(&self, plan: &Upload, path: &Path, relative: &Path) -> Found {
        let to = match plan.to_of_found(path, relative) {
            Ok(to) => to,
            Err(trouble) => return fail(plan, path, Ok(plan.folder()), trouble),
        };
        let claimed =
            self.keys.contains(&to.key) || self.in_folders(relative, Some(self.folders.len() - 1));
        if claimed { twice(plan, path, to) } else { fit(path, to) }
    }

    /// Looks on the disk instead of remembering every key of every folder.
    fn in_folders(&self, relative: &Path, before: Option<usize>) -> bool {
        let folders = &self.folders[..before.unwrap_or(self.folders.len())];
        folders.iter().any(|folder| folder.join(relative).is_file())
    }
}

fn walk_folder(
    plan: &Upload,
    root: &Path,
    seen: &Seen,
    each: &mut impl FnMut(Found) -> ControlFlow<()>,
) -> ControlFlow<()> {
    // Symbolic links are not entered, so there are no loops.
    let mut folders = vec![PathBuf::new()];
    let unread = |path: &Path, relative: &Path, error: &io::Error| {
        let meant = plan.to_of_found(path, relative);
        fail(plan, path, meant, Trouble::disk(what(path), error))
    };
    while let Some(relative) = folders.pop() {
        let here = root.join(&relative);
        let entries = match fs::read_dir(&here) {
            Ok(entries) => entries,
            Err(error) => {
                each(unread(&here, &relative, &error))?;
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    each(unread(&here, &relative, &error))?;
                    break;
                }
            };
            let path = entry.path();
            let relative = relative.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(relative),
                Ok(kind) if kind.is_symlink() => match link_inside(root, &path) {
                    Ok(()) => each(seen.found(plan, &path, &relative))?,
                    Err(trouble) => {
                        let meant = plan.to_of_found(&path, &relative);
                        each(fail(plan, &path, meant, trouble))?
                    }
                },
                Ok(_) => each(seen.found(plan, &path, &relative))?,
                Err(error) => each(unread(&path, &relative, &error))?,
            }
        }
    }
    ControlFlow::Continue(())
}

/// Allows a symbolic link that leads to a regular file below `root`.
fn link_inside(root: &Path, link: &Path) -> Result<(), Trouble> {
    let refuse = |why: &str| {
        Trouble::new(Kind::Invalid, what(link), why).hint("name what it leads to as a source")
    };
    let target = fs::canonicalize(link).map_err(|error| Trouble::disk(what(link), &error))?;
    let root = fs::canonicalize(root).map_err(|error| Trouble::disk(what(root), &error))?;
    if !target.starts_with(&root) {
        return Err(refuse("it is a symbolic link that leads out of the folder"));
    }
    if target.is_dir() {
        return Err(refuse("it is a symbolic link to a folder, which is not followed"));
    }
    Ok(())
}

fn fit(path: &Path, to: S3Uri) -> Found {
    Found { path: path.to_owned(), to: Ok(to) }
}

fn fail(plan: &Upload, path: &Path, meant: Result<S3Uri, Trouble>, trouble: Trouble) -> Found {
    let meant = meant.unwrap_or_else(|_| plan.folder());
    Found { path: path.to_owned(), to: Err(Unfit { meant, trouble }) }
}

fn twice(plan: &Upload, path: &Path, to: S3Uri) -> Found {
    let why = format!("another source already goes to {to}");
    fail(plan, path, Ok(to), Trouble::new(Kind::Invalid, what(path), why))
}

fn what(path: &Path) -> String {
    format!("put {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn found(plan: &Upload) -> Vec<(String, Result<String, String>)> {
        let mut all = Vec::new();
        walk(plan, |found| {
            let name = found.path.file_name().unwrap().to_string_lossy().into_owned();
            all.push((name, found.to.map(|to| to.key).map_err(|unfit| unfit.trouble.why)));
            ControlFlow::Continue(())
        });
        all.sort();
        all
    }

    fn plan(sources: Vec<PathBuf>) -> Upload {
        Upload { recursive: true, ..Upload::new(sources, S3Uri::new("b", "P/")) }
    }

    fn ok(name: &str, key: &str) -> (String, Result<String, String>) {
        (name.into(), Ok(key.into()))
    }

    #[test]
    fn finds_files_at_every_depth() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::create_dir_all(dir.path().join("empty")).unwrap();
        fs::write(dir.path().join("a/b/x"), "").unwrap();
        fs::write(dir.path().join("y"), "").unwrap();
        assert_eq!(found(&plan(vec![dir.path().into()])), [ok("x", "P/a/b/x"), ok("y", "P/y")]);
    }

    #[test]
    fn links_are_followed_only_to_files_inside() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::write(dir.path().join("secret"), "").unwrap();
        fs::write(root.join("sub/x"), "").unwrap();
        symlink("sub/x", root.join("1-inside")).unwrap();
        symlink("../secret", root.join("2-outside")).unwrap();
        symlink("sub", root.join("3-folder")).unwrap();
        symlink("4-loop", root.join("4-loop")).unwrap();
        symlink("nowhere", root.join("5-dangling")).unwrap();
        let all = found(&plan(vec![root]));
        assert_eq!(all[0], ok("1-inside", "P/1-inside"));
        assert!(all[1].1.as_ref().unwrap_err().contains("leads out"));
        assert!(all[2].1.as_ref().unwrap_err().contains("link to a folder"));
        assert!(all[3].1.is_err() && all[4].1.is_err());
        assert_eq!(all[5], ok("x", "P/sub/x"));
    }

    #[test]
    fn two_sources_of_one_key_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        for folder in [&one, &two] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("x"), "").unwrap();
        }
        fs::write(two.join("y"), "").unwrap();
        let all = found(&plan(vec![one.clone(), two.clone()]));
        assert_eq!(all.iter().filter(|(_, to)| to.is_ok()).count(), 2);
        assert!(
            all.iter().any(|(_, to)| to.as_ref().is_err_and(|why| why.contains("another source")))
        );
        let all = found(&plan(vec![one.join("x"), two]));
        assert_eq!(all.iter().filter(|(_, to)| to.is_ok()).count(), 2);
    }

    #[test]
    fn what_is_no_file_is_named_by_the_key_it_would_have_had() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("sub")).unwrap();
        symlink("nowhere", root.join("sub/link")).unwrap();
        fs::write(root.join("x"), "").unwrap();
        let mut meant = Vec::new();
        walk(&plan(vec![root.join("x"), root, "gone".into()]), |found| {
            meant.extend(found.to.err().map(|unfit| unfit.meant.key));
            ControlFlow::Continue(())
        });
        meant.sort();
        assert_eq!(meant, ["P/gone", "P/sub/link", "P/x"]);
    }

    #[test]
    fn a_missing_source_is_one_failure() {
        let all = found(&plan(vec!["/nonexistent/x".into()]));
        assert!(matches!(&all[..], [(name, Err(_))] if name == "x"));
    }
}
