//! Reading: buckets, listings, heads, tags and bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, EncodingType, OptionalObjectAttributes};
use bytes::Bytes;

use super::super::Lake;
use super::super::ask::{Ask, Pace, Service};
use super::super::sts::timestamp;
use super::convert;
use crate::model::object::{Bucket, Head, Page};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What of a key is to be read: one version of it, or whatever has this ETag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Same<'a> {
    pub version_id: Option<&'a str>,
    /// Without its quotes.
    pub etag: Option<&'a str>,
}

/// An object's bytes as they arrive.
#[derive(Debug)]
pub struct Body {
    what: String,
    stream: ByteStream,
    /// Bytes that will come.
    pub size: u64,
    /// The object's whole size, however little of it was asked for.
    pub whole: u64,
    /// Without its quotes.
    pub etag: Option<String>,
    pub version_id: Option<String>,
}

impl Body {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// [`Kind::Unreachable`] where the connection broke, [`Kind::Integrity`] where the SDK
    /// found the body not to fit its checksum.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Trouble> {
        self.stream.try_next().await.map_err(|error| broken(&self.what, &error))
    }

    /// All of it. Only for what is known to be small.
    ///
    /// # Errors
    /// As [`Self::chunk`].
    pub async fn collect(mut self) -> Result<Bytes, Trouble> {
        let mut all = bytes::BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

fn broken(what: &str, error: &(dyn std::error::Error + 'static)) -> Trouble {
    let links: Vec<String> = super::super::trouble::chain(error).map(ToString::to_string).collect();
    let inner = links.last().cloned().unwrap_or_default();
    if links.iter().any(|link| link.contains("checksum")) {
        return Trouble::new(Kind::Integrity, what, format!("the bytes are damaged: {inner}"));
    }
    Trouble::new(Kind::Unreachable, what, format!("the answer broke off: {inner}"))
}

/// `bytes=0-9` for `0..10`; `None` for an empty range, which HTTP cannot say.
pub(super) fn range_header(range: &Range<u64>) -> Option<String> {
    (range.start < range.end).then(|| format!("bytes={}-{}", range.start, range.end - 1))
}

/// The whole size out of `bytes 0-9/123`.
fn whole_size(content_range: Option<&str>) -> Option<u64> {
    content_range?.rsplit_once('/')?.1.parse().ok()
}

impl Lake {
    /// The lake's buckets: those of the configuration first, by role, then the account's.
    /// Where the caller may not list the account's, the configured ones are all there is.
    ///
    /// # Errors
    /// Where ListBuckets fails and no bucket is configured.
    pub async fn buckets(&self) -> Result<Vec<Bucket>, Trouble> {
        self.buckets_as_far_as_known().await.map(|(buckets, _)| buckets)
    }

    /// [`Self::buckets`], and why those of the account are not among them, where they are not.
    ///
    /// # Errors
    /// As [`Self::buckets`].
    pub async fn buckets_as_far_as_known(&self) -> Result<(Vec<Bucket>, Option<Trouble>), Trouble> {
        let ask = Ask::new(Service::S3, "s3:ListAllMyBuckets", "list the buckets", "*");
        match self.listed_buckets(&ask).await {
            Ok(listed) => Ok((self.by_role(listed), None)),
            Err(trouble) if trouble.kind == Kind::Denied && !self.settings().buckets.is_empty() => {
                Ok((self.by_role(BTreeMap::new()), Some(trouble)))
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn listed_buckets(&self, ask: &Ask) -> Result<BTreeMap<String, Bucket>, Trouble> {
        let clients = self.clients().await?;
        let client = clients.s3(&clients.region, Pace::Quick);
        let mut found = BTreeMap::new();
        let mut token = None;
        loop {
            let request = client.list_buckets().set_continuation_token(token.take());
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => return Err(self.trouble(ask, &clients, error).await),
            };
            for bucket in answer.buckets.unwrap_or_default() {
                let Some(name) = bucket.name else { continue };
                if let Some(region) = &bucket.bucket_region {
                    self.0.regions.learn(&name, region);
                }
                let entry = Bucket {
                    role: None,
                    created: bucket.creation_date.as_ref().and_then(timestamp),
                    region: bucket.bucket_region,
                    name: name.clone(),
                };
                found.insert(name, entry);
            }
            token = answer.continuation_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    fn by_role(&self, mut listed: BTreeMap<String, Bucket>) -> Vec<Bucket> {
        let mut roles: Vec<_> = self.settings().buckets.iter().collect();
        roles.sort_by_key(|bucket| bucket.role);
        let mut seen = BTreeSet::new();
        let mut buckets: Vec<Bucket> = Vec::new();
        for configured in roles.into_iter().filter(|bucket| seen.insert(&bucket.name)) {
            let known = listed.remove(&configured.name);
            buckets.push(Bucket {
                name: configured.name.clone(),
                role: Some(configured.role),
                created: known.as_ref().and_then(|bucket| bucket.created),
                region: known.and_then(|bucket| bucket.region),
            });
        }
        buckets.extend(listed.into_values());
        buckets
    }

    /// One page under a prefix, folders folded where `folded` is set.
    ///
    /// `token` is [`Page::next`] of the page before; `max` is at most 1,000.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn page(
        &self,
        prefix: &S3Uri,
        folded: bool,
        token: Option<&str>,
        max: u32,
    ) -> Result<Page, Trouble> {
        let ask = Ask::bucket("s3:ListBucket", "list", prefix);
        let max = i32::try_from(max.min(1000)).unwrap_or(1000);
        let answer = self
            .in_bucket(&ask, &prefix.bucket, Pace::Quick, |client| {
                client
                    .list_objects_v2()
                    .bucket(&prefix.bucket)
                    .prefix(&prefix.key)
                    .set_delimiter(folded.then(|| "/".to_owned()))
                    .set_continuation_token(token.map(ToOwned::to_owned))
                    .encoding_type(EncodingType::Url)
                    .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
                    .max_keys(max)
                    .set_request_payer(self.payer(&prefix.bucket))
                    .send()
            })
            .await?;
        Ok(convert::page(answer))
    }

    /// What HeadObject tells, checksums included.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none.
    pub async fn head(&self, uri: &S3Uri) -> Result<Head, Trouble> {
        self.look_at(Ask::object("s3:GetObject", "look at", uri), uri, None).await
    }

    /// [`Self::head`] of a version that need not be the newest; needs `s3:GetObjectVersion`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none of this id.
    pub async fn head_version(&self, uri: &S3Uri, version_id: &str) -> Result<Head, Trouble> {
        let ask = Ask::object("s3:GetObjectVersion", "look at a version of", uri);
        self.look_at(ask, uri, Some(version_id)).await
    }

    /// [`Self::head_version`] where a version is named, else [`Self::head`].
    ///
    /// # Errors
    /// As theirs.
    pub async fn head_of(&self, uri: &S3Uri, version_id: Option<&str>) -> Result<Head, Trouble> {
        match version_id {
            Some(version_id) => self.head_version(uri, version_id).await,
            None => self.head(uri).await,
        }
    }

    async fn look_at(
        &self,
        ask: Ask,
        uri: &S3Uri,
        version_id: Option<&str>,
    ) -> Result<Head, Trouble> {
        let answer = self
            .in_bucket(&ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .head_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_version_id(version_id.map(ToOwned::to_owned))
                    .checksum_mode(ChecksumMode::Enabled)
                    .set_request_payer(self.payer(&uri.bucket))
                    .send()
            })
            .await?;
        Ok(convert::head(answer))
    }

    /// [`Self::head`], with absence as a value.
    ///
    /// # Errors
    /// Everything but [`Kind::NotFound`].
    pub async fn find(&self, uri: &S3Uri) -> Result<Option<Head>, Trouble> {
        match self.head(uri).await {
            Ok(head) => Ok(Some(head)),
            Err(trouble) if trouble.kind == Kind::NotFound => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The bytes of a small range. One that begins past the end is empty.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn read_range(&self, uri: &S3Uri, range: Range<u64>) -> Result<Bytes, Trouble> {
        self.read_range_of(uri, None, range).await
    }

    /// [`Self::read_range`] of a version, where one is named.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn read_range_of(
        &self,
        uri: &S3Uri,
        version_id: Option<&str>,
        range: Range<u64>,
    ) -> Result<Bytes, Trouble> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let same = Same { version_id, etag: None };
        match self.fetch(uri, Some(range), same, Pace::Quick).await {
            Ok(body) => body.collect().await,
            Err(trouble) if trouble.code.as_deref() == Some("InvalidRange") => Ok(Bytes::new()),
            Err(trouble) => Err(trouble),
        }
    }

    /// An object's bytes, or those of a range, as a stream.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn get(&self, uri: &S3Uri, range: Option<Range<u64>>) -> Result<Body, Trouble> {
        self.fetch(uri, range, Same::default(), Pace::Bulk).await
    }

    /// [`Self::get`] of the very object that was looked at.
    ///
    /// # Errors
    /// [`Kind::Precondition`] where it has changed.
    pub async fn get_same(
        &self,
        uri: &S3Uri,
        range: Option<Range<u64>>,
        same: Same<'_>,
    ) -> Result<Body, Trouble> {
        self.fetch(uri, range, same, Pace::Bulk).await
    }

    async fn fetch(
        &self,
        uri: &S3Uri,
        range: Option<Range<u64>>,
        Same { version_id, etag }: Same<'_>,
        pace: Pace,
    ) -> Result<Body, Trouble> {
        let action = match version_id {
            Some(_) => "s3:GetObjectVersion",
            None => "s3:GetObject",
        };
        let ask = Ask::object(action, "read", uri);
        let range = range.as_ref().and_then(range_header);
        let answer = self
            .in_bucket(&ask, &uri.bucket, pace, |client| {
                client
                    .get_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_version_id(version_id.map(ToOwned::to_owned))
                    .set_range(range.clone())
                    .set_if_match(etag.map(|etag| format!("\"{etag}\"")))
                    .checksum_mode(ChecksumMode::Enabled)
                    .set_request_payer(self.payer(&uri.bucket))
                    .send()
            })
            .await?;
        let size = answer.content_length.and_then(|size| u64::try_from(size).ok());
        let size = size.unwrap_or_default();
        Ok(Body {
            what: ask.what,
            size,
            whole: whole_size(answer.content_range.as_deref()).unwrap_or(size),
            etag: answer.e_tag.as_deref().map(convert::bare),
            version_id: answer.version_id.filter(|version| version != "null"),
            stream: answer.body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_inclusive_in_http() {
        assert_eq!(range_header(&(0..10)).as_deref(), Some("bytes=0-9"));
        assert_eq!(range_header(&(4..4)), None);
        assert_eq!(whole_size(Some("bytes 0-9/123")), Some(123));
        assert_eq!(whole_size(Some("bytes 0-9/*")), None);
    }
}
