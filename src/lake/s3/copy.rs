//! Copies on the server: whole objects up to 5 GiB, parts of larger ones. A copy is asked of
//! the destination's region and names the destination's key.

use std::collections::BTreeMap;
use std::ops::Range;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, MetadataDirective, StorageClass};

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use super::super::parts::{Begun, SentPart, once};
use super::convert::{bare, quoted};
use super::read::range_header;
use super::write::{PutWith, Written, encryption};
use crate::model::object::Head;
use crate::model::storage::Class;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// CopyObject's limit; larger objects need UploadPartCopy.
pub const COPY_LIMIT: u64 = 5 << 30;

/// The very object that is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    pub uri: S3Uri,
    /// A version that need not be the newest; `None` for the object as it is.
    pub version_id: Option<String>,
    /// Without its quotes. An object that has another by now is not copied.
    pub etag: Option<String>,
    /// The algorithm of its full-object checksum, as S3 spells it: a copy that computes the
    /// same one can be compared with it.
    pub checksum: Option<String>,
}

impl Original {
    pub fn of(uri: S3Uri, head: &Head) -> Self {
        let whole = head.checksum.as_ref().filter(|checksum| checksum.full_object);
        Self {
            uri,
            version_id: None,
            etag: head.etag.clone(),
            checksum: whole.map(|checksum| checksum.algorithm.clone()),
        }
    }

    /// This version of it.
    pub fn version(self, version_id: Option<String>) -> Self {
        Self { version_id, ..self }
    }

    fn condition(&self) -> Option<String> {
        self.etag.as_deref().map(quoted)
    }

    /// `bucket/key` as the copy-source header wants it, percent-encoded.
    fn header(&self) -> String {
        let place = format!("{}/{}", self.uri.bucket, encoded(&self.uri.key, b"-_.~/"));
        match &self.version_id {
            Some(id) => format!("{place}?versionId={}", encoded(id, b"-_.~")),
            None => place,
        }
    }
}

/// Tags as `x-amz-tagging` wants them: a query string.
fn tagging(tags: &BTreeMap<String, String>) -> Option<String> {
    let pair = |(key, value): (&String, &String)| {
        format!("{}={}", encoded(key, b"-_.~"), encoded(value, b"-_.~"))
    };
    (!tags.is_empty()).then(|| tags.iter().map(pair).collect::<Vec<_>>().join("&"))
}

fn encoded(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Lake {
    /// Copies an object of up to 5 GiB to where none is yet, or over whatever is there.
    /// Metadata and tags come along.
    ///
    /// Without `overwrite` the destination is looked for first: CopyObject's own condition is
    /// younger than many stores.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Invalid`] above 5 GiB, [`Kind::Precondition`]
    /// where one is there already or the source changes under way, as S3 answers else.
    pub async fn copy(&self, from: &S3Uri, to: &S3Uri, with: &PutWith) -> Result<Written, Trouble> {
        let ask = copy_ask(from, to, with);
        let permit = self.permit(&ask).await?;
        let sent = match self.may_copy(&ask, from, to, with).await {
            Ok(original) => self.copied(&ask, &original, to, with).await,
            Err(trouble) => Err(trouble),
        };
        permit.settle(sent, Written::receipt)
    }

    /// Copies an object that has been looked at, and the destination too. What has changed
    /// since on either side makes it fail.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where the source was replaced, or
    /// without `overwrite` one is there already; as S3 answers else.
    pub async fn copy_object(
        &self,
        from: &Original,
        to: &S3Uri,
        with: &PutWith,
    ) -> Result<Written, Trouble> {
        let ask = copy_ask(&from.uri, to, with);
        let permit = self.permit(&ask).await?;
        let sent = self.copied(&ask, from, to, with).await;
        permit.settle(sent, Written::receipt)
    }

    async fn may_copy(
        &self,
        ask: &Ask,
        from: &S3Uri,
        to: &S3Uri,
        with: &PutWith,
    ) -> Result<Original, Trouble> {
        let head = self.head(from).await?;
        if head.size > COPY_LIMIT {
            return Err(Trouble::new(Kind::Invalid, &ask.what, "it is larger than 5 GiB"));
        }
        if !with.overwrite && self.find(to).await?.is_some() {
            let why = "an object of that name is there already";
            return Err(Trouble::new(Kind::Precondition, &ask.what, why));
        }
        Ok(Original::of(from.clone(), &head))
    }

    /// A store that does not know the condition on the destination is asked without it: both
    /// callers have looked.
    async fn copied(
        &self,
        ask: &Ask,
        from: &Original,
        to: &S3Uri,
        with: &PutWith,
    ) -> Result<Written, Trouble> {
        match self.copied_if(ask, from, to, with, !with.overwrite).await {
            Err(trouble) if !with.overwrite && trouble.is_unknown_there() => {
                self.copied_if(ask, from, to, with, false).await
            }
            other => other,
        }
    }

    async fn copied_if(
        &self,
        ask: &Ask,
        from: &Original,
        to: &S3Uri,
        with: &PutWith,
        absent: bool,
    ) -> Result<Written, Trouble> {
        let (sse, key) = encryption(self.key_for(&to.bucket, with.kms_key.as_deref()).as_deref());
        let directive = with.content_type.as_ref().map(|_| MetadataDirective::Replace);
        let algorithm = match from.checksum.as_deref() {
            Some(name) => ChecksumAlgorithm::from(name),
            None => ChecksumAlgorithm::Crc64Nvme,
        };
        let answer = self
            .in_bucket(ask, &to.bucket, Pace::Bulk, |client| {
                client
                    .copy_object()
                    .copy_source(from.header())
                    .set_request_payer(self.payer(&from.uri.bucket))
                    .set_copy_source_if_match(from.condition())
                    .bucket(&to.bucket)
                    .key(&to.key)
                    .set_if_none_match(absent.then(|| "*".to_owned()))
                    .checksum_algorithm(algorithm.clone())
                    .set_server_side_encryption(sse.clone())
                    .set_ssekms_key_id(key.clone())
                    .set_metadata_directive(directive.clone())
                    .set_content_type(with.content_type.clone())
                    .set_storage_class(with.class.map(storage_class))
                    .send()
            })
            .await?;
        Ok(Written::from(answer))
    }

    /// Begins the copy of an object in parts, with its headers, metadata and tags, which
    /// CreateMultipartUpload does not take over by itself.
    ///
    /// `untagged` lets it go on without tags where the caller may not read them; a store that
    /// has no tags has none.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where the source has changed,
    /// as S3 answers else.
    pub async fn begin_copy(
        &self,
        from: &Original,
        to: &S3Uri,
        with: &PutWith,
        untagged: bool,
    ) -> Result<Begun, Trouble> {
        let verb = format!("begin the copy of {} to", from.uri);
        let ask = Ask::object("s3:PutObject", &verb, to).approved(with.approval.clone());
        let permit = self.permit(&ask).await?;
        let sent = match self.kept(from, untagged).await {
            Ok((head, tags)) => self.copy_begun(&ask, to, with, &head, &tags).await,
            Err(trouble) => Err(trouble),
        };
        permit.settle(sent, |begun| Receipt {
            request_id: Some(begun.upload_id.clone()),
            ..Receipt::default()
        })
    }

    /// What a copy takes over beside the bytes.
    async fn kept(
        &self,
        from: &Original,
        untagged: bool,
    ) -> Result<(HeadObjectOutput, BTreeMap<String, String>), Trouble> {
        let ask = Ask::object("s3:GetObject", "look at", &from.uri);
        let head = self
            .in_bucket(&ask, &from.uri.bucket, Pace::Quick, |client| {
                client
                    .head_object()
                    .bucket(&from.uri.bucket)
                    .key(&from.uri.key)
                    .set_version_id(from.version_id.clone())
                    .set_if_match(from.condition())
                    .set_request_payer(self.payer(&from.uri.bucket))
                    .send()
            })
            .await?;
        let tags = match self.tags_of(&from.uri, from.version_id.as_deref()).await {
            Err(trouble) if trouble.is_unknown_there() => BTreeMap::new(),
            Err(trouble) if trouble.kind == Kind::Denied && untagged => BTreeMap::new(),
            other => other?,
        };
        Ok((head, tags))
    }

    async fn copy_begun(
        &self,
        ask: &Ask,
        to: &S3Uri,
        with: &PutWith,
        head: &HeadObjectOutput,
        tags: &BTreeMap<String, String>,
    ) -> Result<Begun, Trouble> {
        let (sse, key) = encryption(self.key_for(&to.bucket, with.kms_key.as_deref()).as_deref());
        let expires = head.expires_string.as_deref().and_then(http_date);
        let answer = self
            .in_bucket(ask, &to.bucket, Pace::Quick, |client| {
                client
                    .create_multipart_upload()
                    .bucket(&to.bucket)
                    .key(&to.key)
                    .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
                    .checksum_type(ChecksumType::FullObject)
                    .set_server_side_encryption(sse.clone())
                    .set_ssekms_key_id(key.clone())
                    .set_content_type(head.content_type.clone())
                    .set_content_encoding(head.content_encoding.clone())
                    .set_content_disposition(head.content_disposition.clone())
                    .set_content_language(head.content_language.clone())
                    .set_cache_control(head.cache_control.clone())
                    .set_expires(expires)
                    .set_metadata(head.metadata.clone())
                    .set_tagging(tagging(tags))
                    .set_storage_class(with.class.map(storage_class))
                    .customize()
                    .config_override(once())
                    .send()
            })
            .await?;
        let upload_id = answer
            .upload_id
            .ok_or_else(|| Trouble::new(Kind::Other, &ask.what, "the answer names no upload"))?;
        let checksums = answer.checksum_algorithm == Some(ChecksumAlgorithm::Crc64Nvme);
        Ok(Begun { to: to.clone(), upload_id, checksums })
    }

    /// Copies a range of an object as one part. Leaves no audit line, as
    /// [`send_part`](Self::send_part) leaves none.
    ///
    /// # Errors
    /// [`Kind::Refused`] in read-only mode, [`Kind::Precondition`] where the source was
    /// replaced, [`Kind::NotFound`] where it or the upload is gone.
    pub async fn copy_part(
        &self,
        begun: &Begun,
        number: u32,
        from: &Original,
        range: Range<u64>,
    ) -> Result<SentPart, Trouble> {
        let verb = format!("copy part {number} of {} to", from.uri);
        let ask = Ask::object("s3:PutObject", &verb, &begun.to);
        self.may_write(&ask)?;
        let answer = self
            .in_bucket(&ask, &begun.to.bucket, Pace::Bulk, |client| {
                client
                    .upload_part_copy()
                    .bucket(&begun.to.bucket)
                    .key(&begun.to.key)
                    .upload_id(&begun.upload_id)
                    .part_number(i32::try_from(number).unwrap_or(i32::MAX))
                    .copy_source(from.header())
                    .set_request_payer(self.payer(&from.uri.bucket))
                    .set_copy_source_if_match(from.condition())
                    .set_copy_source_range(range_header(&range))
                    .send()
            })
            .await?;
        let result = answer.copy_part_result;
        let etag = result.as_ref().and_then(|part| part.e_tag.as_deref()).map(bare);
        Ok(SentPart {
            number,
            size: range.end - range.start,
            etag: etag
                .ok_or_else(|| Trouble::new(Kind::Other, ask.what, "the answer carries no ETag"))?,
            crc64nvme: result.and_then(|part| part.checksum_crc64_nvme).filter(|_| begun.checksums),
        })
    }
}

fn storage_class(class: Class) -> StorageClass {
    StorageClass::from(class.name())
}

fn copy_ask(from: &S3Uri, to: &S3Uri, with: &PutWith) -> Ask {
    Ask::object("s3:PutObject", &format!("copy {from} to"), to).approved(with.approval.clone())
}

/// The `Expires` header as a time; one that is none is not taken along.
fn http_date(text: &str) -> Option<aws_sdk_s3::primitives::DateTime> {
    use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
    DateTime::from_str(text, DateTimeFormat::HttpDate).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_source_is_percent_encoded() {
        let original = |key| Original::of(S3Uri::new("b", key), &Head::default());
        assert_eq!(original("a/ü b+.txt").header(), "b/a/%C3%BC%20b%2B.txt");
        assert_eq!(original("a?versionId=x").header(), "b/a%3FversionId%3Dx");
        let version = original("a").version(Some("v/1+".into()));
        assert_eq!(version.header(), "b/a?versionId=v%2F1%2B");
    }

    #[test]
    fn tags_are_a_query_string() {
        let tags = |pairs: &[(&str, &str)]| {
            tagging(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
        };
        assert_eq!(tags(&[]), None);
        let pairs = [("a b", "1&2/=+"), ("ü", "")];
        assert_eq!(tags(&pairs).as_deref(), Some("a%20b=1%262%2F%3D%2B&%C3%BC="));
    }
}
