//! Keeping a result: a server-side copy under a name, with a manifest beside it.

use crate::lake::{Lake, PutWith};
use crate::model::manifest::{Anchor, Manifest, SavedObject};
use crate::model::object::Head;
use crate::model::query::QueryExecution;
use crate::model::saving::SaveFormat;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use super::sidecar::{About, write_manifest};

/// Where a result is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveTo {
    /// A folder of a bucket: its key is empty or ends in `/`.
    pub folder: S3Uri,
    /// Without an extension.
    pub name: String,
    /// The approval reference, which copies into the target bucket need.
    pub approval: Option<String>,
    /// True where a copy gets a folder with nothing else in it, as a table wants.
    pub apart: bool,
}

/// What a save left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub objects: Vec<SavedObject>,
    pub manifest: S3Uri,
    /// The folder that holds the objects and nothing else, where there is one.
    pub folder: Option<S3Uri>,
}

impl SaveTo {
    /// `s3://b/p/` with a name of its own, or `s3://b/p/name` split up.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for a name that is no file name.
    pub fn new(uri: &S3Uri, name: &str) -> Result<Self, Trouble> {
        let (folder, name) = if uri.is_prefix() {
            (uri.clone(), name.to_owned())
        } else {
            let cut = uri.key.len() - uri.name().len();
            (S3Uri::new(&uri.bucket, &uri.key[..cut]), uri.name().to_owned())
        };
        let name = strip_extension(&name).to_owned();
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\']) {
            let why = format!("{name:?} is not a name for a result");
            return Err(Trouble::new(Kind::Invalid, format!("save into {folder}"), why));
        }
        if name.contains(char::is_control) {
            let why = "the name has a control character in it";
            return Err(Trouble::new(Kind::Invalid, format!("save into {folder}"), why));
        }
        Ok(Self { folder, name, approval: None, apart: false })
    }

    /// The same in a folder of its own.
    pub fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// The object of this extension, `.csv`.
    pub(super) fn object(&self, extension: &str) -> S3Uri {
        let folder = if self.apart { self.own_folder() } else { self.folder.clone() };
        folder.join(&format!("{}{extension}", self.name))
    }

    /// Where files lie that are many, or that are a table: `FOLDER/NAME/`.
    pub fn own_folder(&self) -> S3Uri {
        self.folder.join(&format!("{}/", self.name))
    }

    /// Never in the folder of the files: a table of them would read it.
    pub(super) fn manifest(&self) -> S3Uri {
        self.folder.join(&format!("{}{}", self.name, Manifest::SUFFIX))
    }

    pub(super) fn with(&self, content_type: Option<&str>) -> PutWith {
        PutWith {
            content_type: content_type.map(str::to_owned),
            approval: self.approval.clone(),
            class: None,
            ..PutWith::default()
        }
    }
}

/// The extensions that a result is saved with are added by us.
fn strip_extension(name: &str) -> &str {
    [".csv", ".parquet", ".orc", ".json", ".txt"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension))
        .unwrap_or(name)
}

/// A name for a result that was given none: `query-1a2b3c4d`.
pub fn default_name(execution_id: &str) -> String {
    let short: String = execution_id.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("query-{short}")
}

/// Refuses a target where something lies already.
///
/// # Errors
/// [`Kind::Precondition`] with what is in the way; as S3 answers else.
pub async fn vacant(lake: &Lake, to: &SaveTo, format: SaveFormat) -> Result<(), Trouble> {
    nothing_there(lake, &to.manifest()).await?;
    if format == SaveFormat::Csv && !to.apart {
        return nothing_there(lake, &to.object(".csv")).await;
    }
    let folder = to.own_folder();
    if lake.page(&folder, false, None, 1).await?.entries.is_empty() {
        return Ok(());
    }
    let why = "something is there already";
    Err(Trouble::new(Kind::Precondition, format!("save into {folder}"), why)
        .hint("choose another name"))
}

/// Copies the result object into `to` on the server, compares the copy with it, and writes the
/// manifest. Nothing that is there already is overwritten.
///
/// # Errors
/// [`Kind::Invalid`] where there is no result object, [`Kind::Precondition`] where something is
/// in the way, [`Kind::Integrity`] where the copy is not the result; else as S3 answers. A copy
/// whose manifest could not be written stays.
pub async fn save(
    lake: &Lake,
    execution: &QueryExecution,
    to: &SaveTo,
    anchor: &Anchor,
) -> Result<Saved, Trouble> {
    let what = format!("save query {}", execution.id);
    let source = execution.output.as_ref().ok_or_else(|| {
        Trouble::new(Kind::Invalid, &what, "its results are managed by Athena and are no object")
            .hint("save it as parquet or json, which runs it again as an UNLOAD")
    })?;
    let extension = if source.key.ends_with(".txt") { ".txt" } else { ".csv" };
    let target = to.object(extension);
    vacant(lake, to, SaveFormat::Csv).await?;
    let object = copied(lake, &what, source, &target, &to.with(None)).await?;
    let objects = vec![object];
    let about = About {
        execution,
        sql: &execution.sql,
        format: extension.trim_start_matches('.'),
        source: Some(source.to_string()),
        table: None,
        // What has no rows is not counted, and who may not ask does without.
        rows: lake.rows_given(&execution.id).await.unwrap_or_default(),
    };
    let manifest = write_manifest(lake, &about, to, &objects, anchor).await?;
    Ok(Saved { objects, manifest, folder: to.apart.then(|| to.own_folder()) })
}

/// A copy on the server that is compared with its source.
pub(super) async fn copied(
    lake: &Lake,
    what: &str,
    source: &S3Uri,
    target: &S3Uri,
    with: &PutWith,
) -> Result<SavedObject, Trouble> {
    let wanted = lake.head(source).await?;
    lake.copy(source, target, with).await?;
    let copied = lake.head(target).await?;
    let verified = same(what, target, &wanted, &copied)?;
    Ok(saved_object(target, copied, verified))
}

/// # Errors
/// [`Kind::Precondition`] where there is an object of this name.
async fn nothing_there(lake: &Lake, uri: &S3Uri) -> Result<(), Trouble> {
    match lake.find(uri).await? {
        None => Ok(()),
        Some(_) => {
            Err(Trouble::new(Kind::Precondition, format!("write {uri}"), "it is there already")
                .hint("choose another name"))
        }
    }
}

/// True where checksums were compared; an error where anything differs.
fn same(what: &str, target: &S3Uri, wanted: &Head, copied: &Head) -> Result<bool, Trouble> {
    let differs = |why: String| Err(Trouble::new(Kind::Integrity, what, why));
    if wanted.size != copied.size {
        let (is, should) = (copied.size, wanted.size);
        return differs(format!("{target} has {is} bytes, the result has {should}"));
    }
    match (&wanted.checksum, &copied.checksum) {
        (Some(one), Some(other))
            if one.algorithm == other.algorithm && one.full_object && other.full_object =>
        {
            if one.value != other.value {
                return differs(format!("the checksum of {target} is not the result's"));
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

pub(super) fn saved_object(uri: &S3Uri, head: Head, verified: bool) -> SavedObject {
    SavedObject {
        uri: uri.to_string(),
        bytes: head.size,
        checksum: head.checksum.map(|sum| format!("{}:{}", sum.algorithm, sum.value)),
        etag: head.etag,
        version_id: head.version_id,
        encryption: head.encryption.algorithm,
        kms_key: head.encryption.kms_key,
        verified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Checksum;

    fn to(uri: &str, name: &str) -> Result<SaveTo, Trouble> {
        SaveTo::new(&uri.parse().unwrap(), name)
    }

    #[test]
    fn a_folder_takes_the_name_and_an_object_brings_its_own() {
        let save = to("s3://b/results/", "brca1.csv").unwrap();
        assert_eq!(save.object(".csv").to_string(), "s3://b/results/brca1.csv");
        assert_eq!(save.manifest().to_string(), "s3://b/results/brca1.manifest.json");
        let apart = save.apart();
        assert_eq!(apart.object(".csv").to_string(), "s3://b/results/brca1/brca1.csv");
        assert_eq!(apart.manifest().to_string(), "s3://b/results/brca1.manifest.json");
        let save = to("s3://b/results/mine.parquet", "ignored").unwrap();
        assert_eq!(save.object(".csv").to_string(), "s3://b/results/mine.csv");
        assert_eq!(to("s3://b", "x").unwrap().object(".csv").to_string(), "s3://b/x.csv");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "..", "a/b", "a\\b", "a\nb", ".csv"] {
            assert!(to("s3://b/p/", name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_copy_is_verified_only_by_a_checksum_of_the_whole() {
        let head = |size, value: Option<&str>, full_object| Head {
            size,
            checksum: value.map(|value| Checksum {
                algorithm: "CRC64NVME".to_owned(),
                value: value.to_owned(),
                full_object,
            }),
            ..Head::default()
        };
        let uri = S3Uri::new("b", "k");
        let check = |one: &Head, other: &Head| same("save", &uri, one, other);
        let whole = head(5, Some("A"), true);
        assert_eq!(check(&whole, &head(5, Some("A"), true)), Ok(true));
        assert_eq!(check(&whole, &head(5, Some("B"), false)), Ok(false));
        assert_eq!(check(&whole, &head(5, None, true)), Ok(false));
        assert!(check(&whole, &head(5, Some("B"), true)).is_err());
        assert!(check(&whole, &head(4, Some("A"), true)).is_err());
    }

    #[test]
    fn names_are_short() {
        assert_eq!(default_name("1a2b3c4d-5e6f-7081"), "query-1a2b3c4d");
    }
}
