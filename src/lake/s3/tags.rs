//! An object's tags.

use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::types::{Tag, Tagging};

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use crate::model::tags::Tags;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

impl Lake {
    /// The object's tags.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn tags(&self, uri: &S3Uri) -> Result<Tags, Trouble> {
        self.tags_of(uri, None).await
    }

    /// The tags of a version, where one is named; that needs `s3:GetObjectVersionTagging`.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn tags_of(&self, uri: &S3Uri, version_id: Option<&str>) -> Result<Tags, Trouble> {
        let action = match version_id {
            Some(_) => "s3:GetObjectVersionTagging",
            None => "s3:GetObjectTagging",
        };
        let ask = Ask::object(action, "read the tags of", uri);
        let answer = self
            .in_bucket(&ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .get_object_tagging()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_version_id(version_id.map(ToOwned::to_owned))
                    .set_request_payer(self.payer(&uri.bucket))
                    .send()
            })
            .await?;
        Ok(answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// Replaces all of the object's tags; without any it has none afterwards. S3 knows no
    /// condition here: whoever has looked before looks again.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn set_tags(&self, uri: &S3Uri, tags: &Tags) -> Result<(), Trouble> {
        let (action, verb) = match tags.is_empty() {
            true => ("s3:DeleteObjectTagging", "take the tags off"),
            false => ("s3:PutObjectTagging", "tag"),
        };
        let ask = Ask::object(action, verb, uri);
        let permit = self.permit(&ask).await?;
        let sent = match tags.is_empty() {
            true => self.untagged(&ask, uri).await,
            false => self.tagged(&ask, uri, tags).await,
        };
        permit.settle(sent, Clone::clone).map(drop)
    }

    async fn untagged(&self, ask: &Ask, uri: &S3Uri) -> Result<Receipt, Trouble> {
        let answer = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client.delete_object_tagging().bucket(&uri.bucket).key(&uri.key).send()
            })
            .await?;
        let request_id = answer.request_id().map(ToOwned::to_owned);
        Ok(Receipt { request_id, version_id: answer.version_id, ..Receipt::default() })
    }

    async fn tagged(&self, ask: &Ask, uri: &S3Uri, tags: &Tags) -> Result<Receipt, Trouble> {
        let set: Result<Vec<Tag>, _> =
            tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tagging = set
            .and_then(|set| Tagging::builder().set_tag_set(Some(set)).build())
            .map_err(|error| Trouble::new(Kind::Invalid, &ask.what, error.to_string()))?;
        let answer = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .put_object_tagging()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .tagging(tagging.clone())
                    .send()
            })
            .await?;
        let request_id = answer.request_id().map(ToOwned::to_owned);
        Ok(Receipt { request_id, version_id: answer.version_id, ..Receipt::default() })
    }
}
