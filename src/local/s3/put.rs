//! Writing whole objects, and taking them away.

use std::io::Read;
use std::path::Path;

use super::Store;
use super::bucket::known_encryption;
use super::checksum::{Checksum, Digests, Expected, Kind};
use super::commit::Condition;
use super::error::StoreError;
use super::incoming::{self, Incoming};
use super::layout::KEY_MAX;
use super::object::{Meta, ObjectInfo, PutOptions};
use super::rows::Content;
use crate::local::kms;
use crate::local::principal::Principal;
use crate::model::storage::Class;

impl Store {
    /// Writes an object, all or nothing. Blocking.
    ///
    /// # Errors
    /// `AccessDenied` by the bucket's policy, `PreconditionFailed`, `BadDigest` and
    /// the like for bytes that are not those announced, `InternalError` by the disk.
    pub fn put(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        body: impl Read,
        options: PutOptions,
    ) -> Result<ObjectInfo, StoreError> {
        self.put_announced(who, bucket, key, body, options, || Ok(Expected::default()))
    }

    /// Like `put`; `trailer` tells, once the body has been read, what else was
    /// announced about it. Its algorithms must be among those of `options.expected`
    /// or be `options.checksum`.
    pub(super) fn put_announced(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        body: impl Read,
        options: PutOptions,
        trailer: impl FnOnce() -> Result<Expected, StoreError>,
    ) -> Result<ObjectInfo, StoreError> {
        self.may_write(who, bucket, key, &options)?;
        let mut incoming = Incoming::create(&self.layout.tmp)?;
        let digests = incoming.receive(body, &options.algorithms())?;
        digests.check(&options.expected)?;
        digests.check(&trailer()?)?;
        self.finish_put(bucket, key, incoming, &digests, &options)
    }

    /// Takes over a finished file on the same disk (see `scratch`), which then is
    /// gone from where it was. Its bytes are read once, for their checksums.
    ///
    /// # Errors
    /// As `put`; the file is removed in any case.
    pub fn put_file(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        file: &Path,
        options: PutOptions,
    ) -> Result<ObjectInfo, StoreError> {
        let incoming = Incoming::adopt(file)?;
        self.may_write(who, bucket, key, &options)?;
        let bytes = super::find::Pread::new(&incoming.file, 0, u64::MAX);
        let digests = incoming::hash(bytes, &options.algorithms(), |_| Ok(()))?;
        digests.check(&options.expected)?;
        self.finish_put(bucket, key, incoming, &digests, &options)
    }

    /// Everything that can be refused before the first byte is read.
    pub(super) fn may_write(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        options: &PutOptions,
    ) -> Result<(), StoreError> {
        self.root(bucket)?;
        check_key(key)?;
        check_encryption(options)?;
        check_class(options)?;
        self.allowed(who, "s3:PutObject", bucket, key, Some(options))?;
        let condition = Condition { absent: options.if_none_match, etag: options.if_match.clone() };
        if condition.absent || condition.etag.is_some() {
            self.hold_to(&condition, bucket, key, self.find(bucket, key)?.as_ref())?;
        }
        Ok(())
    }

    fn finish_put(
        &self,
        bucket: &str,
        key: &str,
        incoming: Incoming,
        digests: &Digests,
        options: &PutOptions,
    ) -> Result<ObjectInfo, StoreError> {
        let algorithm = options.stored_checksum();
        let checksum = digests.sum(algorithm).map(|value| Checksum {
            algorithm,
            value,
            kind: Kind::FullObject,
        });
        let meta = Meta { checksum, ..self.meta(bucket, options)? };
        let content = Content { etag: digests.etag(), version: None, meta, parts: Vec::new() };
        let condition = Condition { absent: options.if_none_match, etag: options.if_match.clone() };
        self.commit(bucket, key, incoming, content, &condition)
    }

    /// What is kept about an object written with these options: the bucket's default
    /// encryption applies where none is asked for, and AES256 where there is no default. A
    /// key is kept as its ARN, whatever it was called.
    pub(super) fn meta(&self, bucket: &str, options: &PutOptions) -> Result<Meta, StoreError> {
        let (sse, kms_key, bucket_key) = match &options.sse {
            Some(sse) => (sse.clone(), options.kms_key.clone(), options.bucket_key),
            None => match self.default_encryption(bucket)? {
                Some(rule) => (rule.algorithm, rule.kms_key, rule.bucket_key),
                None => ("AES256".to_owned(), None, false),
            },
        };
        Ok(Meta {
            headers: options.headers(),
            sse: Some(sse),
            kms_key: kms_key.as_deref().map(kms::key_arn),
            bucket_key,
            metadata: options.metadata.clone(),
            tags: options.tags.clone(),
            storage_class: options.storage_class.clone().filter(|class| class != "STANDARD"),
            restored: None,
            checksum: None,
            parts: 0,
        })
    }

    /// Deletes an object; deleting what is not there succeeds, as in S3.
    ///
    /// # Errors
    /// `NoSuchBucket`, `AccessDenied`.
    pub fn delete(&self, who: &Principal, bucket: &str, key: &str) -> Result<(), StoreError> {
        self.root(bucket)?;
        self.allowed(who, "s3:DeleteObject", bucket, key, None)?;
        self.delete_newest(bucket, key, None).map(drop)
    }
}

/// # Errors
/// `KeyTooLongError`, or `InvalidRequest` for the empty key.
pub fn check_key(key: &str) -> Result<(), StoreError> {
    if key.is_empty() {
        return Err(StoreError::new("InvalidRequest", "An object key cannot be empty"));
    }
    if key.len() > KEY_MAX {
        return Err(StoreError::new(
            "KeyTooLongError",
            format!("Your key is too long: {} bytes, at most {KEY_MAX} are allowed", key.len()),
        ));
    }
    Ok(())
}

/// # Errors
/// `InvalidStorageClass` for one that there is not.
fn check_class(options: &PutOptions) -> Result<(), StoreError> {
    match options.storage_class.as_deref() {
        None | Some("REDUCED_REDUNDANCY") => Ok(()),
        Some(name) if Class::parse(name).is_some() => Ok(()),
        Some(_) => Err(StoreError::new(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
        )),
    }
}

fn check_encryption(options: &PutOptions) -> Result<(), StoreError> {
    let Some(sse) = &options.sse else {
        if options.kms_key.is_some() {
            return Err(StoreError::new(
                "InvalidArgument",
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            ));
        }
        return Ok(());
    };
    known_encryption(sse)?;
    if sse == "AES256" && options.kms_key.is_some() {
        return Err(StoreError::new(
            "InvalidArgument",
            "Server Side Encryption with AES256 does not take a KMS key id",
        ));
    }
    Ok(())
}
