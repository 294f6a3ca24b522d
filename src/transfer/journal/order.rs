//! A plan as the journal keeps it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::plan::{
    Copy, CopyHow, Download, Placer, Plan, Upload, UploadHow, as_folder, named,
};
use super::text::{path_text, text_path};
use crate::model::storage::Class;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// A plan as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase")]
pub enum Order {
    Put {
        sources: Vec<String>,
        bucket: String,
        key: String,
        recursive: bool,
        #[serde(flatten)]
        how: How,
    },
    Get {
        /// Bucket and key.
        sources: Vec<(String, String)>,
        folder: String,
        recursive: bool,
        /// Of a single object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    Copy {
        /// Bucket and key.
        sources: Vec<(String, String)>,
        bucket: String,
        key: String,
        recursive: bool,
        overwrite: bool,
        /// A move.
        remove_source: bool,
        approval: Option<String>,
        /// The storage class of what stays where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        /// Of a single object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct How {
    overwrite: bool,
    part_size: Option<u64>,
    sha256: bool,
    approval: Option<String>,
}

impl Order {
    /// # Errors
    /// Where the working directory, which relative paths start from, is gone.
    pub fn of(plan: &Plan) -> Result<Self, Trouble> {
        Ok(match plan {
            Plan::Upload(plan) => Self::Put {
                sources: plan
                    .sources
                    .iter()
                    .map(|path| absolute(path))
                    .collect::<Result<_, _>>()?,
                bucket: plan.bucket.clone(),
                key: plan.key.clone(),
                recursive: plan.recursive,
                how: How {
                    overwrite: plan.how.overwrite,
                    part_size: plan.how.part_size,
                    sha256: plan.how.sha256,
                    approval: plan.how.approval.clone(),
                },
            },
            Plan::Download(plan) => Self::Get {
                sources: pairs(&plan.sources),
                folder: absolute(&plan.folder)?,
                recursive: plan.recursive,
                version: plan.version.clone(),
            },
            Plan::Copy(plan) => Self::Copy {
                sources: pairs(&plan.sources),
                bucket: plan.to.bucket.clone(),
                key: plan.to.key.clone(),
                recursive: plan.recursive,
                overwrite: plan.how.overwrite,
                remove_source: plan.how.remove_source,
                approval: plan.how.approval.clone(),
                class: plan.how.class.map(|class| class.name().to_owned()),
                version: plan.how.version.clone(),
            },
        })
    }

    /// The plan again. `placer` makes the rules of where objects may land below a folder.
    pub fn plan(self, placer: impl FnOnce(&Path) -> Placer) -> Plan {
        match self {
            Self::Put { sources, bucket, key, recursive, how } => Plan::Upload(Upload {
                sources: sources.iter().map(|text| text_path(text)).collect(),
                bucket,
                key,
                recursive,
                how: UploadHow {
                    overwrite: how.overwrite,
                    part_size: how.part_size,
                    sha256: how.sha256,
                    approval: how.approval,
                    adopt: None,
                },
            }),
            Self::Get { sources, folder, recursive, version } => {
                let folder = text_path(&folder);
                Plan::Download(Download {
                    sources: uris(sources),
                    recursive,
                    version,
                    place: placer(&folder),
                    folder,
                })
            }
            Self::Copy {
                sources,
                bucket,
                key,
                recursive,
                overwrite,
                remove_source,
                approval,
                class,
                version,
            } => {
                let class = class.as_deref().and_then(Class::parse);
                Plan::Copy(Copy {
                    sources: uris(sources),
                    to: S3Uri::new(bucket, key),
                    recursive,
                    how: CopyHow { overwrite, remove_source, approval, class, version },
                })
            }
        }
    }

    /// The command that it was.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Put { .. } => "put",
            Self::Get { .. } => "get",
            Self::Copy { class: Some(_), .. } => "class",
            Self::Copy { remove_source: false, .. } => "copy",
            Self::Copy { remove_source: true, .. } => "move",
        }
    }

    /// `put /data/run7 → s3://source/run7/`, not fit for a terminal yet.
    pub fn sentence(&self) -> String {
        let many = |first: Option<String>, count: usize| match (first, count) {
            (Some(first), 1) => first,
            (Some(first), more) => format!("{first} and {} more", more - 1),
            (None, _) => String::new(),
        };
        match self {
            Self::Put { sources, bucket, key, .. } => {
                let first = sources.first().map(|text| text_path(text).display().to_string());
                format!("put {} → s3://{bucket}/{key}", many(first, sources.len()))
            }
            Self::Get { sources, folder, .. } => {
                let folder = text_path(folder);
                let first = self.sources().into_iter().next();
                format!("get {} → {}", many(first, sources.len()), folder.display())
            }
            Self::Copy { sources, class: Some(class), .. } => {
                let first = self.sources().into_iter().next();
                format!("put {} into {class}", many(first, sources.len()))
            }
            Self::Copy { sources, bucket, key, .. } => {
                let what = many(self.sources().into_iter().next(), sources.len());
                format!("{} {what} → s3://{bucket}/{key}", self.verb())
            }
        }
    }

    /// Where in the lake it brings something; `None` for what only takes out.
    pub fn destination(&self) -> Option<S3Uri> {
        match self {
            Self::Put { bucket, key, .. } | Self::Copy { bucket, key, .. } => {
                Some(S3Uri::new(bucket, key))
            }
            Self::Get { .. } => None,
        }
    }

    /// The folder of [`Self::destination`]: the place of what is said about the whole.
    pub fn folder(&self) -> Option<S3Uri> {
        let to = self.destination()?;
        let one = match self {
            Self::Put { sources, recursive, .. } => sources.len() == 1 && !recursive,
            Self::Copy { sources, .. } => {
                matches!(&sources[..], [(_, key)] if !key.is_empty() && !key.ends_with('/'))
            }
            Self::Get { .. } => false,
        };
        match one && !to.is_prefix() {
            true => to.parent(),
            false => Some(S3Uri::new(to.bucket, as_folder(&to.key))),
        }
    }

    /// Where everything goes, not fit for a terminal yet.
    pub fn target(&self) -> String {
        match self {
            Self::Put { bucket, key, .. } | Self::Copy { bucket, key, .. } => {
                format!("s3://{bucket}/{key}")
            }
            Self::Get { folder, .. } => text_path(folder).display().to_string(),
        }
    }

    /// As they were named, not fit for a terminal yet.
    pub fn sources(&self) -> Vec<String> {
        match self {
            Self::Put { sources, .. } => {
                sources.iter().map(|text| text_path(text).display().to_string()).collect()
            }
            Self::Get { sources, version, .. } | Self::Copy { sources, version, .. } => {
                let named = |(bucket, key)| named(&S3Uri::new(bucket, key), version.as_deref());
                sources.iter().cloned().map(named).collect()
            }
        }
    }

    /// The reference of the approval.
    pub fn approval(&self) -> Option<&str> {
        match self {
            Self::Put { how, .. } => how.approval.as_deref(),
            Self::Copy { approval, .. } => approval.as_deref(),
            Self::Get { .. } => None,
        }
    }

    /// What makes two batches the same work: where from and where to, not how.
    pub(super) fn place(&self) -> String {
        let place = match self {
            Self::Put { sources, bucket, key, recursive, .. } => {
                serde_json::to_string(&("put", sources, bucket, key, recursive))
            }
            Self::Get { sources, folder, recursive, version: None } => {
                serde_json::to_string(&("get", sources, folder, recursive))
            }
            Self::Get { sources, folder, recursive, version } => {
                serde_json::to_string(&("get", sources, folder, recursive, version))
            }
            Self::Copy { sources, class: Some(class), recursive, .. } => {
                serde_json::to_string(&(self.verb(), sources, class, recursive))
            }
            Self::Copy { sources, bucket, key, recursive, version: None, .. } => {
                serde_json::to_string(&(self.verb(), sources, bucket, key, recursive))
            }
            Self::Copy { sources, bucket, key, recursive, version, .. } => {
                serde_json::to_string(&(self.verb(), sources, bucket, key, recursive, version))
            }
        };
        place.unwrap_or_default()
    }
}

fn pairs(uris: &[S3Uri]) -> Vec<(String, String)> {
    uris.iter().map(|uri| (uri.bucket.clone(), uri.key.clone())).collect()
}

fn uris(pairs: Vec<(String, String)>) -> Vec<S3Uri> {
    pairs.into_iter().map(|(bucket, key)| S3Uri::new(bucket, key)).collect()
}

fn absolute(path: &Path) -> Result<String, Trouble> {
    let what = || format!("find {}", path.display());
    let path: PathBuf = std::path::absolute(path).map_err(|error| Trouble::disk(what(), &error))?;
    Ok(path_text(&path))
}
