//! From what was asked for to what is moved where. Pure; [`walk`](super::walk) reads the folders.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::storage::Class;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// S3 user guide, "Naming Amazon S3 objects": 1,024 bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

/// How the objects of one upload are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadHow {
    /// Replace an object that has other content.
    pub overwrite: bool,
    /// Bytes; `None` chooses by the file's size.
    pub part_size: Option<u64>,
    /// Also compute the SHA-256 of every whole file.
    pub sha256: bool,
    /// Who allowed it: goes into the audit log.
    pub approval: Option<String>,
    /// Go on with this upload, which another program began and left; of a single file only.
    pub adopt: Option<String>,
}

/// Files and folders into S3.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    pub sources: Vec<PathBuf>,
    /// A folder where it ends in `/` or is a whole bucket; the exact key of a single file
    /// otherwise. Of several sources, or of a folder, it is always a folder.
    pub bucket: String,
    pub key: String,
    /// Take folders along.
    pub recursive: bool,
    pub how: UploadHow,
}

impl Upload {
    pub fn new(sources: Vec<PathBuf>, to: S3Uri) -> Self {
        Self { sources, bucket: to.bucket, key: to.key, ..Self::default() }
    }

    /// The destination as a folder.
    pub fn folder(&self) -> S3Uri {
        S3Uri::new(&self.bucket, as_folder(&self.key))
    }

    /// Where the file named as a source itself goes.
    pub fn to_of_file(&self, file: &Path) -> Result<S3Uri, Trouble> {
        let to = S3Uri::new(&self.bucket, &self.key);
        if self.sources.len() == 1 && !to.is_prefix() {
            return checked(|| putting(file), to);
        }
        let name = file.file_name().map(Path::new).unwrap_or(file);
        below(&self.folder(), file, name)
    }

    /// Where the file at `relative` below a source folder goes.
    pub fn to_of_found(&self, file: &Path, relative: &Path) -> Result<S3Uri, Trouble> {
        below(&self.folder(), file, relative)
    }
}

/// Where an object may land, by its name below what was asked for and its whole key, or why
/// it may not. Given from outside: the rules against hostile names are one place's business.
pub type Placer = Arc<dyn Fn(&str, &S3Uri) -> Result<PathBuf, Trouble> + Send + Sync>;

/// Objects out of S3.
#[derive(Clone)]
pub struct Download {
    /// Keys; with `recursive`, prefixes.
    pub sources: Vec<S3Uri>,
    /// For messages; `place` has the say.
    pub folder: PathBuf,
    pub recursive: bool,
    /// This version, which need not be the newest; of a single object only.
    pub version: Option<String>,
    pub place: Placer,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("sources", &self.sources)
            .field("folder", &self.folder)
            .field("recursive", &self.recursive)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// How the objects of one copy are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyHow {
    /// Replace an object that has other content.
    pub overwrite: bool,
    /// A move: delete each source once its copy is proven to be the same.
    pub remove_source: bool,
    /// Who allowed it: goes into the audit log.
    pub approval: Option<String>,
    /// The objects stay where they are and are put into this storage class: each is copied onto
    /// itself, which in a bucket with versions makes a new one.
    pub class: Option<Class>,
    /// This version of the source, which need not be the newest; of a single object only.
    /// Over its own key it is what restores it.
    pub version: Option<String>,
}

/// Objects from one place of the lake to another; the store moves the bytes.
#[derive(Debug, Clone)]
pub struct Copy {
    /// Keys; with `recursive` prefixes too, which end in `/`.
    pub sources: Vec<S3Uri>,
    /// A folder where it ends in `/` or is a whole bucket: objects and folders keep their
    /// names in it. Otherwise the new name of a single source. With a class in `how` the folder
    /// that all sources are in.
    pub to: S3Uri,
    pub recursive: bool,
    pub how: CopyHow,
}

impl Copy {
    /// The destination as a folder.
    pub fn folder(&self) -> S3Uri {
        S3Uri::new(&self.to.bucket, as_folder(&self.to.key))
    }

    /// Where a source goes, a prefix as a folder.
    fn to_of(&self, source: &S3Uri) -> S3Uri {
        if self.how.class.is_some() {
            return source.clone();
        }
        match self.sources.len() == 1 && !self.to.is_prefix() {
            true if source.is_prefix() => self.folder(),
            true => self.to.clone(),
            false => self.folder().join(source.name()),
        }
    }

    /// Where an object named as a source goes.
    pub fn to_of_object(&self, from: &S3Uri) -> Result<S3Uri, Trouble> {
        self.placed(from, self.to_of(from))
    }

    /// Where the object `from` that was found below the source `prefix` goes.
    pub fn to_of_found(&self, prefix: &S3Uri, from: &S3Uri) -> Result<S3Uri, Trouble> {
        let name = from.key.strip_prefix(&prefix.key).unwrap_or(&from.key);
        self.placed(from, self.to_of(prefix).join(name))
    }

    /// Refuses a folder that would go into itself: its listing would find its own copies.
    pub fn check(&self, prefix: &S3Uri) -> Result<(), Trouble> {
        if self.how.class.is_some() {
            return Ok(());
        }
        let to = self.to_of(prefix);
        if to.bucket != prefix.bucket || !to.key.starts_with(&prefix.key) {
            return Ok(());
        }
        let why = match to == *prefix {
            true => "it is that place itself".to_owned(),
            false => format!("{to} lies inside it"),
        };
        Err(Trouble::new(Kind::Invalid, self.what(prefix), why).hint("choose another destination"))
    }

    /// `copy s3://…` or `move s3://…`.
    pub(super) fn what(&self, from: &S3Uri) -> String {
        self.how.what(from)
    }

    fn placed(&self, from: &S3Uri, to: S3Uri) -> Result<S3Uri, Trouble> {
        let wrong = |why: &str| Err(Trouble::new(Kind::Invalid, self.what(from), why));
        if to.key.is_empty() {
            return wrong("no key is left of it there");
        }
        if to == *from && self.how.class.is_none() && self.how.version.is_none() {
            return wrong("it would be copied onto itself");
        }
        checked(|| self.what(from), to)
    }
}

impl CopyHow {
    pub(super) fn what(&self, from: &S3Uri) -> String {
        let named = named(from, self.version.as_deref());
        match (self.class, self.remove_source) {
            (Some(class), _) => format!("put {named} into {}", class.name()),
            (None, true) => format!("move {named}"),
            (None, false) => format!("copy {named}"),
        }
    }
}

/// What an engine is given.
#[derive(Debug, Clone)]
pub enum Plan {
    Upload(Upload),
    Download(Download),
    Copy(Copy),
}

/// Where from, for people; a version is named as S3's own headers name it.
pub(super) fn named(from: &S3Uri, version: Option<&str>) -> String {
    match version {
        Some(id) => format!("{from}?versionId={id}"),
        None => from.to_string(),
    }
}

/// The prefix that a recursive walk of `key` lists: `a/b` means the folder `a/b/`.
pub fn as_folder(key: &str) -> String {
    if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") }
}

fn below(folder: &S3Uri, file: &Path, relative: &Path) -> Result<S3Uri, Trouble> {
    let mut key = folder.key.clone();
    let names = relative.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    for (index, part) in names.enumerate() {
        let part = part.to_str().ok_or_else(|| {
            Trouble::new(
                Kind::Invalid,
                putting(file),
                "its name is not UTF-8, and the keys of S3 are",
            )
            .hint("rename it")
        })?;
        if index > 0 {
            key.push('/');
        }
        key.push_str(part);
    }
    checked(|| putting(file), S3Uri::new(&folder.bucket, key))
}

fn putting(file: &Path) -> String {
    format!("put {}", file.display())
}

fn checked(what: impl Fn() -> String, to: S3Uri) -> Result<S3Uri, Trouble> {
    if to.key.len() > LONGEST_KEY {
        let why = format!("its key has {} bytes, and S3 takes {LONGEST_KEY}", to.key.len());
        return Err(Trouble::new(Kind::Invalid, what(), why));
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    fn upload(sources: &[&str], to: &str) -> Upload {
        Upload::new(sources.iter().map(PathBuf::from).collect(), to.parse().unwrap())
    }

    fn file(plan: &Upload) -> String {
        plan.to_of_file(&plan.sources[0]).unwrap().to_string()
    }

    #[test]
    fn a_file_goes_below_a_folder_under_its_name() {
        assert_eq!(file(&upload(&["/d/x.vcf"], "s3://b/P/")), "s3://b/P/x.vcf");
        assert_eq!(file(&upload(&["x.vcf"], "s3://b")), "s3://b/x.vcf");
        assert_eq!(file(&upload(&["x.vcf", "y"], "s3://b/P")), "s3://b/P/x.vcf");
    }

    #[test]
    fn one_file_to_a_key_takes_that_key() {
        assert_eq!(file(&upload(&["/d/x.vcf"], "s3://b/P/y.vcf")), "s3://b/P/y.vcf");
    }

    #[test]
    fn a_folder_goes_with_the_paths_below_it() {
        let plan = upload(&["/d"], "s3://b/P/");
        let to = |relative: &str| {
            plan.to_of_found(Path::new("/d/x"), Path::new(relative)).unwrap().to_string()
        };
        assert_eq!(to("a/b.txt"), "s3://b/P/a/b.txt");
        assert_eq!(to("./a/b.txt"), "s3://b/P/a/b.txt");
        let plan = upload(&["/d"], "s3://b/P");
        let to = plan.to_of_found(Path::new("/d/x"), Path::new("x")).unwrap();
        assert_eq!(to.to_string(), "s3://b/P/x");
    }

    fn copy(sources: &[&str], to: &str) -> Copy {
        let sources = sources.iter().map(|source| source.parse().unwrap()).collect();
        Copy { sources, to: to.parse().unwrap(), recursive: true, how: CopyHow::default() }
    }

    #[test]
    fn an_object_is_copied_below_a_folder_or_to_a_key() {
        let to = |plan: &Copy| plan.to_of_object(&plan.sources[0]).map(|to| to.to_string());
        assert_eq!(to(&copy(&["s3://a/x/y"], "s3://b/P/")).unwrap(), "s3://b/P/y");
        assert_eq!(to(&copy(&["s3://a/x/y"], "s3://b")).unwrap(), "s3://b/y");
        assert_eq!(to(&copy(&["s3://a/x/y"], "s3://b/z")).unwrap(), "s3://b/z");
        assert_eq!(to(&copy(&["s3://a/x/y", "s3://a/q"], "s3://b/z")).unwrap(), "s3://b/z/y");
        let itself = to(&copy(&["s3://a/x/y"], "s3://a/x/")).unwrap_err();
        assert!(itself.why.contains("onto itself"), "{itself}");
        let mut restored = copy(&["s3://a/x/y"], "s3://a/x/y");
        restored.how.version = Some("v1".into());
        assert_eq!(to(&restored).unwrap(), "s3://a/x/y", "a version over its own key");
        let long = format!("s3://b/{}/", "k".repeat(1023));
        assert!(to(&copy(&["s3://a/x"], &long)).unwrap_err().why.contains("1024"));
    }

    #[test]
    fn a_folder_is_copied_with_the_paths_below_it_and_never_into_itself() {
        let to = |plan: &Copy, key: &str| {
            plan.to_of_found(&plan.sources[0], &S3Uri::new("a", key)).unwrap().to_string()
        };
        let renamed = copy(&["s3://a/x/"], "s3://b/new");
        assert_eq!(to(&renamed, "x/1/2"), "s3://b/new/1/2");
        assert_eq!(to(&renamed, "x/"), "s3://b/new/", "the object that stands for the folder");
        let prefix = S3Uri::new("a", "x/");
        assert_eq!(renamed.check(&renamed.sources[0]), Ok(()));
        assert_eq!(to(&copy(&["s3://a/x/"], "s3://b/new/"), "x/1"), "s3://b/new/x/1");
        assert_eq!(to(&copy(&["s3://a/x/", "s3://a/y"], "s3://b/new"), "x/1"), "s3://b/new/x/1");
        let itself = "that place itself";
        for (to, said) in [("s3://a/x", itself), ("s3://a", itself), ("s3://a/x/sub/", "inside it")]
        {
            let trouble = copy(&["s3://a/x/"], to).check(&prefix).unwrap_err();
            assert!(trouble.why.contains(said), "{trouble}");
        }
        assert_eq!(copy(&["s3://a/x/"], "s3://a/xy/").check(&prefix), Ok(()));
    }

    #[test]
    fn what_gets_another_class_stays_where_it_is() {
        let mut plan = copy(&["s3://a/x/", "s3://a/y"], "s3://a/");
        plan.how.class = Some(Class::Glacier);
        let prefix = plan.sources[0].clone();
        assert_eq!(plan.check(&prefix), Ok(()));
        let from = S3Uri::new("a", "x/1/2");
        assert_eq!(plan.to_of_found(&prefix, &from), Ok(from.clone()));
        assert_eq!(plan.to_of_object(&plan.sources[1]), Ok(plan.sources[1].clone()));
        assert_eq!(plan.what(&from), "put s3://a/x/1/2 into GLACIER");
    }

    #[test]
    fn names_that_are_no_keys_are_refused() {
        let name = Path::new(OsStr::from_bytes(b"caf\xe9"));
        let trouble = upload(&["x"], "s3://b/P/").to_of_file(name).unwrap_err();
        assert!(trouble.why.contains("not UTF-8"), "{trouble}");
        let long = PathBuf::from("x".repeat(1025));
        assert!(upload(&["x"], "s3://b/").to_of_file(&long).unwrap_err().why.contains("1024"));
    }
}
