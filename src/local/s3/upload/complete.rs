//! From parts to an object. Everything is checked before anything is changed.

use std::collections::BTreeMap;
use std::fs::File;

use super::{StoredPart, Upload};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::checksum::{self, Algorithm, Checksum, Kind};
use crate::local::s3::commit::Condition;
use crate::local::s3::error::StoreError;
use crate::local::s3::incoming::Incoming;
use crate::local::s3::object::{Meta, ObjectInfo, PartInfo};
use crate::local::s3::rows::Content;

/// No part but the last may be smaller, in bytes.
pub const LEAST_PART: u64 = 5 * 1024 * 1024;

/// What the client says the object is made of.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    pub parts: Vec<Finished>,
    /// Checksums of the whole object.
    pub sums: Vec<(Algorithm, String)>,
    pub kind: Option<Kind>,
    /// `x-amz-mp-object-size`, bytes.
    pub size: Option<u64>,
    pub condition: Condition,
}

/// One part the client names.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    pub sums: Vec<(Algorithm, String)>,
}

impl Store {
    /// Makes the object and ends the upload. Refused, the upload is as it was.
    ///
    /// # Errors
    /// `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`,
    /// `BadDigest`, `InvalidRequest`, `PreconditionFailed`, `AccessDenied`.
    pub fn complete_upload(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        id: &str,
        wanted: &Completion,
    ) -> Result<ObjectInfo, StoreError> {
        let _held = self.locks.upload(id)?;
        let upload = self.upload(bucket, key, id)?;
        self.allowed(who, "s3:PutObject", bucket, key, Some(&upload.plan.options()))?;
        let stored = self.stored_parts(id, 0, usize::MAX)?;
        let parts = choose(&stored, &wanted.parts)?;
        let content = content(&upload, &parts, wanted)?;
        if wanted.condition.absent || wanted.condition.etag.is_some() {
            self.hold_to(&wanted.condition, bucket, key, self.find(bucket, key)?.as_ref())?;
        }
        let whole = self.assemble(&upload, &parts)?;
        let info = self.commit(bucket, key, whole, content, &wanted.condition)?;
        self.forget_upload(id)?;
        Ok(info)
    }

    /// Copies the parts into one file; where the file system can, without moving bytes.
    fn assemble(&self, upload: &Upload, parts: &[&StoredPart]) -> Result<Incoming, StoreError> {
        let mut whole = Incoming::create(&self.layout.tmp)?;
        for part in parts {
            let mut file = File::open(self.part_path(&upload.id, &part.file))?;
            let copied = std::io::copy(&mut file, &mut whole.file)?;
            if copied != part.size {
                return Err(StoreError::new(
                    "InternalError",
                    format!("Part {} of upload {} is damaged on disk", part.number, upload.id),
                ));
            }
        }
        Ok(whole)
    }
}

/// The stored parts that the client names, all of them right.
fn choose<'a>(
    stored: &'a [StoredPart],
    named: &[Finished],
) -> Result<Vec<&'a StoredPart>, StoreError> {
    if named.is_empty() {
        return Err(StoreError::new("MalformedXML", "You must specify at least one part"));
    }
    if !named.is_sorted_by(|a, b| a.number < b.number) {
        return Err(StoreError::new(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ));
    }
    let by_number: BTreeMap<u32, &StoredPart> =
        stored.iter().map(|part| (part.number, part)).collect();
    let mut parts = Vec::with_capacity(named.len());
    for named in named {
        let part = by_number.get(&named.number).filter(|part| part.etag == named.etag);
        let part = part.ok_or_else(|| invalid_part(named.number, "could not be found. It may not have been uploaded, or the specified entity tag may not match its entity tag."))?;
        for (algorithm, value) in &named.sums {
            if part.sum(*algorithm) != Some(value) {
                return Err(invalid_part(
                    named.number,
                    &format!("does not have the specified {} checksum.", algorithm.name()),
                ));
            }
        }
        parts.push(*part);
    }
    if let Some((_, all_but_last)) = parts.split_last()
        && let Some(small) = all_but_last.iter().find(|part| part.size < LEAST_PART)
    {
        return Err(StoreError::new(
            "EntityTooSmall",
            format!(
                "Your proposed upload is smaller than the minimum allowed size: part {} has {} bytes, {LEAST_PART} are needed",
                small.number, small.size
            ),
        ));
    }
    Ok(parts)
}

fn invalid_part(number: u32, why: &str) -> StoreError {
    StoreError::new("InvalidPart", format!("Part {number} {why}"))
}

/// The object's description, checked against what the client says of the whole.
fn content(
    upload: &Upload,
    parts: &[&StoredPart],
    wanted: &Completion,
) -> Result<Content, StoreError> {
    let plan = &upload.plan;
    let algorithm = plan.stored();
    if plan.algorithm.is_some() && plan.kind == Kind::Composite {
        all_named(algorithm, &wanted.parts)?;
    }
    if let Some(kind) = wanted.kind
        && kind != plan.kind
    {
        return Err(StoreError::new(
            "InvalidRequest",
            format!(
                "The upload was created using the {} checksum type; the complete request uses {}.",
                plan.kind.name(),
                kind.name()
            ),
        ));
    }
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if let Some(said) = wanted.size
        && said != size
    {
        return Err(StoreError::new(
            "InvalidRequest",
            format!(
                "The provided 'x-amz-mp-object-size' header value {said} does not match what was computed: {size}"
            ),
        ));
    }
    let whole = whole_checksum(algorithm, plan.kind, parts)?;
    for (said, value) in &wanted.sums {
        let actual = if *said == algorithm {
            whole.value.clone()
        } else {
            whole_checksum(*said, plan.kind, parts)?.value
        };
        // A composite value may be given with or without the number of parts.
        let bare = actual.split_once('-').map_or(actual.as_str(), |(bare, _)| bare);
        if *value != actual && value != bare {
            return Err(StoreError::new(
                "BadDigest",
                format!("The {} you specified did not match the calculated checksum.", said.name()),
            ));
        }
    }
    Ok(Content {
        etag: checksum::join_etags(parts.iter().map(|part| part.etag.as_str()))?,
        version: None,
        meta: Meta {
            checksum: Some(whole),
            parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            ..plan.meta.clone()
        },
        parts: parts
            .iter()
            .map(|part| PartInfo {
                number: part.number,
                size: part.size,
                checksum: part.sum(algorithm).map(str::to_owned),
            })
            .collect(),
    })
}

/// A composite checksum is only as good as the parts' values the client kept.
fn all_named(algorithm: Algorithm, parts: &[Finished]) -> Result<(), StoreError> {
    let missing = parts.iter().find(|part| !part.sums.iter().any(|(a, _)| *a == algorithm));
    match missing {
        None => Ok(()),
        Some(part) => Err(StoreError::new(
            "InvalidRequest",
            format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {} in the request.",
                algorithm.name().to_lowercase(),
                part.number
            ),
        )),
    }
}

fn whole_checksum(
    algorithm: Algorithm,
    kind: Kind,
    parts: &[&StoredPart],
) -> Result<Checksum, StoreError> {
    let mut sums = Vec::with_capacity(parts.len());
    for part in parts {
        let sum = part.sum(algorithm).ok_or_else(|| {
            StoreError::new(
                "InvalidRequest",
                format!(
                    "Part {} was uploaded without a {} checksum.",
                    part.number,
                    algorithm.name()
                ),
            )
        })?;
        sums.push((sum.to_owned(), part.size));
    }
    checksum::join(algorithm, kind, &sums)
}
