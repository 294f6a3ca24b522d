//! From files in folders to tables with partitions.
//!
//! A folder whose files are alike, all the way down, is a table; the folders below it are its
//! partitions: `key=value` gives the key its name, others are `partition_0`, `partition_1`, …
//! Where the folders below are not alike, each is looked at for itself. Files that are not
//! alike in one folder become a table each.

use std::collections::BTreeMap;

use super::classify::Unknown;
use super::found::Found;

/// A file below the target: its path relative to it, and what it is.
pub type File = (String, Result<Found, Unknown>);

/// A table to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Relative to the target: `""`, `"a/b/"`, or a file's own path.
    pub path: String,
    /// All its files together.
    pub found: Found,
    pub objects: u64,
    /// The partition keys' names; `None` has none but its place.
    pub levels: Vec<Option<String>>,
    /// One where there are no levels.
    pub parts: Vec<Part>,
}

/// A folder of a table that has files of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Relative to the target, ending in `/`.
    pub path: String,
    /// One for each level, unescaped.
    pub values: Vec<String>,
    pub found: Found,
    pub objects: u64,
}

/// The tables in these files.
pub fn group(files: Vec<File>) -> Vec<Group> {
    let mut root = Folder::default();
    for (path, found) in files {
        root.put(&path, &path, found);
    }
    root.tables("")
}

#[derive(Default)]
struct Folder {
    /// Whole relative path, and the file.
    files: Vec<(String, Result<Found, Unknown>)>,
    folders: BTreeMap<String, Folder>,
}

impl Folder {
    fn put(&mut self, rest: &str, path: &str, found: Result<Found, Unknown>) {
        match rest.split_once('/') {
            Some((name, rest)) => {
                self.folders.entry(name.to_owned()).or_default().put(rest, path, found);
            }
            None => self.files.push((path.to_owned(), found)),
        }
    }

    /// One table where everything is alike, else several.
    fn tables(self, path: &str) -> Vec<Group> {
        let own = own_tables(&self.files, path);
        let mut below: Vec<(String, Vec<Group>)> = Vec::new();
        for (name, folder) in self.folders {
            let tables = folder.tables(&format!("{path}{name}/"));
            if !tables.is_empty() {
                below.push((name, tables));
            }
        }
        match (own.len(), below.len()) {
            (_, 0) => own,
            (0, 1) if !is_partition_name(&below[0].0) => below.remove(0).1,
            (0, _) => partitions(path, below),
            (1, _) if own[0].path == path => with_folders(path, own, &self.files, below),
            _ => apart(own, below),
        }
    }
}

fn apart(mut own: Vec<Group>, below: Vec<(String, Vec<Group>)>) -> Vec<Group> {
    own.extend(below.into_iter().flat_map(|(_, tables)| tables));
    own
}

/// The files of one folder: one table of the folder, or one of each file.
fn own_tables(files: &[File], path: &str) -> Vec<Group> {
    let known: Vec<&Found> = files.iter().filter_map(|(_, found)| found.as_ref().ok()).collect();
    let Some(first) = known.first() else { return Vec::new() };
    if known.len() < files.len() || !known.iter().all(|found| first.is_like(found)) {
        return each_file(files);
    }
    let objects = known.len() as u64;
    let found = unite(known.into_iter().cloned());
    found.map(|found| leaf(path, found, objects)).into_iter().collect()
}

fn each_file(files: &[File]) -> Vec<Group> {
    let known = files.iter().filter_map(|(path, found)| Some((path, found.as_ref().ok()?)));
    known.map(|(path, found)| leaf(path, found.clone(), 1)).collect()
}

fn unite(all: impl Iterator<Item = Found>) -> Option<Found> {
    all.reduce(|mut one, more| {
        one.absorb(more);
        one
    })
}

fn leaf(path: &str, found: Found, objects: u64) -> Group {
    let part = Part { path: path.to_owned(), values: Vec::new(), found: found.clone(), objects };
    Group { path: path.to_owned(), found, objects, levels: Vec::new(), parts: vec![part] }
}

/// Files beside folders: one table without partitions if all are alike (a table is read with
/// the folders below it), else a table of each file and of each folder.
fn with_folders(
    path: &str,
    own: Vec<Group>,
    files: &[File],
    below: Vec<(String, Vec<Group>)>,
) -> Vec<Group> {
    let alike = below.iter().all(|(name, tables)| {
        hive(name).is_none() && tables.len() == 1 && own[0].found.is_like(&tables[0].found)
    });
    if !alike {
        return apart(each_file(files), below);
    }
    let all = apart(own, below);
    let objects = all.iter().map(|group| group.objects).sum();
    let found = unite(all.into_iter().map(|group| group.found));
    found.map(|found| leaf(path, found, objects)).into_iter().collect()
}

/// Folders only: the partitions of one table if they are alike and of one depth.
fn partitions(path: &str, below: Vec<(String, Vec<Group>)>) -> Vec<Group> {
    let key = |name: &str| hive(name).map(|(key, _)| key.to_lowercase());
    let first = &below[0];
    let first_key = key(&first.0);
    let one_table = below.iter().all(|(name, tables)| {
        tables.len() == 1
            && first.1[0].found.is_like(&tables[0].found)
            && tables[0].levels == first.1[0].levels
            && tables[0].path == format!("{path}{name}/")
            && key(name) == first_key
    });
    if !one_table {
        return apart(Vec::new(), below);
    }
    let mut levels = vec![first_key];
    levels.extend(first.1[0].levels.iter().cloned());
    let mut parts = Vec::new();
    let mut founds = Vec::new();
    let mut objects = 0;
    for (name, tables) in below {
        let value = hive(&name).map_or_else(|| name.clone(), |(_, value)| unescape(value));
        for table in tables {
            objects += table.objects;
            founds.push(table.found);
            for mut part in table.parts {
                part.values.insert(0, value.clone());
                parts.push(part);
            }
        }
    }
    let found = unite(founds.into_iter());
    let table = found.map(|found| Group { path: path.to_owned(), found, objects, levels, parts });
    table.into_iter().collect()
}

/// `key=value`.
fn hive(folder: &str) -> Option<(&str, &str)> {
    folder.split_once('=').filter(|(key, _)| !key.is_empty())
}

/// A lone folder is a partition rather than a table if it says `key=value` or is a date or a
/// number: more like it will come.
fn is_partition_name(folder: &str) -> bool {
    hive(folder).is_some()
        || folder.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'-' | b'_' | b'.'))
}

/// Hive writes what a folder name cannot hold as `%XX`.
fn unescape(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = value.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::found::Format;
    use super::super::kind::Kind;
    use super::*;

    fn json(columns: &[&str]) -> Result<Found, Unknown> {
        let columns = columns.iter().map(|name| ((*name).to_owned(), Kind::Text)).collect();
        Ok(Found { format: Format::Json, gzip: false, columns, records: 1, bytes: 10 })
    }

    fn brief(files: &[(&str, Result<Found, Unknown>)]) -> Vec<String> {
        let files = files.iter().map(|(path, found)| ((*path).to_owned(), found.clone()));
        let groups = group(files.collect());
        let describe = |group: &Group| {
            let levels: Vec<&str> =
                group.levels.iter().map(|level| level.as_deref().unwrap_or("-")).collect();
            let parts: Vec<String> = group.parts.iter().map(|part| part.values.join("/")).collect();
            format!("{} [{}] {}", group.path, levels.join(","), parts.join(" ")).trim().to_owned()
        };
        groups.iter().map(describe).collect()
    }

    #[test]
    fn a_folder_of_files_alike_is_a_table() {
        let a = json(&["x", "y"]);
        assert_eq!(brief(&[("1.json", a.clone()), ("2.json", a.clone())]), ["[]"]);
        assert_eq!(brief(&[("t/1.json", a)]), ["t/ []"]);
    }

    #[test]
    fn hive_folders_are_named_partitions() {
        let a = json(&["x", "y"]);
        let files = [("v/Chrom=chr1/p=1/f", a.clone()), ("v/Chrom=chr%202/p=1/f", a)];
        assert_eq!(brief(&files), ["v/ [chrom,p] chr 2/1 chr1/1"]);
    }

    #[test]
    fn a_lone_partition_is_one_already() {
        let a = json(&["x"]);
        assert_eq!(brief(&[("v/day=1/f", a.clone())]), ["v/ [day] 1"]);
        assert_eq!(brief(&[("v/2026/03/f", a)]), ["v/ [-,-] 2026/03"]);
    }

    #[test]
    fn plain_folders_alike_are_numbered_partitions() {
        let a = json(&["x", "y"]);
        assert_eq!(brief(&[("t/a/f", a.clone()), ("t/b/f", a)]), ["t/ [-] a b"]);
    }

    #[test]
    fn folders_that_differ_are_tables() {
        let (a, b) = (json(&["x", "y"]), json(&["p", "q"]));
        assert_eq!(brief(&[("a/f", a.clone()), ("b/f", b.clone())]), ["a/ []", "b/ []"]);
        let files = [("a/day=1/f", a.clone()), ("a/day=2/f", a.clone()), ("b/f", b.clone())];
        assert_eq!(brief(&files), ["a/ [day] 1 2", "b/ []"]);
        assert_eq!(brief(&[("d/1", a), ("d/2", b)]), ["d/1 []", "d/2 []"]);
    }

    #[test]
    fn the_unknown_is_in_no_table() {
        let (a, no) = (json(&["x"]), Err(Unknown("VCF".to_owned())));
        assert_eq!(brief(&[("raw/s.vcf.gz", no.clone())]), [""; 0]);
        assert_eq!(brief(&[("d/a.json", a.clone()), ("d/notes", no.clone())]), ["d/a.json []"]);
        assert_eq!(brief(&[("d/a.json", a), ("raw/s.vcf", no)]), ["d/ []"]);
    }

    #[test]
    fn files_beside_folders() {
        let (a, b) = (json(&["x"]), json(&["y"]));
        assert_eq!(brief(&[("d/1", a.clone()), ("d/more/2", a.clone())]), ["d/ []"]);
        assert_eq!(brief(&[("d/1", a), ("d/more/2", b)]), ["d/1 []", "d/more/ []"]);
    }

    #[test]
    fn most_columns_alike_is_alike() {
        let files = [
            ("t/a=1/f", json(&["1", "2", "3", "4"])),
            ("t/a=2/f", json(&["1", "2", "3", "4", "5"])),
        ];
        assert_eq!(brief(&files), ["t/ [a] 1 2"]);
    }
}
