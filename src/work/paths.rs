//! Paths of this machine as they are typed into a prompt.

use std::fs;
use std::path::{Path, PathBuf};

/// So many names are told of a folder; more is no help.
const MOST: usize = 200;

/// The path that a typed text means: `~/` is the home directory.
pub(super) fn typed(text: &Path) -> PathBuf {
    match (text.strip_prefix("~"), home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => text.to_owned(),
    }
}

fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The text with what is certain appended, and the names that could follow. Blocking.
///
/// Names that are not UTF-8 are left out: they cannot be typed, nor be keys.
pub(super) fn complete(text: &str) -> (String, Vec<String>) {
    if text == "~" {
        return ("~/".to_owned(), Vec::new());
    }
    let (folder, begun) = text.split_at(text.rfind('/').map_or(0, |slash| slash + 1));
    let place = typed(Path::new(if folder.is_empty() { "." } else { folder }));
    let Ok(entries) = fs::read_dir(place) else { return (text.to_owned(), Vec::new()) };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !begun.starts_with('.');
            if hidden || !name.starts_with(begun) {
                return None;
            }
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(name + slash)
        })
        .collect();
    names.sort();
    offer(folder, begun, names)
}

/// What is certain of `names`, which are sorted and all begin with `begun`, behind `folder`;
/// and the names where there is a choice.
pub(super) fn offer(folder: &str, begun: &str, mut names: Vec<String>) -> (String, Vec<String>) {
    let certain = names.iter().skip(1).fold(names.first().cloned(), |common, name| {
        common.map(|common| shared_beginning(&common, name))
    });
    let text = format!("{folder}{}", certain.as_deref().unwrap_or(begun));
    // One name needs no list; it is in the field.
    if names.len() == 1 {
        names.clear();
    }
    names.truncate(MOST);
    (text, names)
}

fn shared_beginning(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    same.map(|(a, _)| a).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_as_far_as_it_is_certain() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["sample-1.vcf", "sample-2.vcf", "other.txt", ".hidden"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("größe")).unwrap();
        let at = |text: &str| complete(&format!("{}/{text}", dir.path().display()));
        let tail = |text: &str| at(text).0.rsplit('/').next().unwrap().to_owned();
        assert_eq!(tail("sam"), "sample-");
        assert_eq!(at("sam").1, ["sample-1.vcf", "sample-2.vcf"]);
        assert_eq!(tail("o"), "other.txt");
        assert!(at("gr").0.ends_with("/größe/"));
        assert_eq!(at("").1.len(), 4, "hidden files are left out");
        assert_eq!(tail(".h"), ".hidden");
        assert_eq!(tail("nothing"), "nothing");
    }

    #[test]
    fn a_folder_that_cannot_be_read_completes_nothing() {
        let (text, names) = complete("/no/such/folder/x");
        assert_eq!((text.as_str(), names.len()), ("/no/such/folder/x", 0));
    }
}
