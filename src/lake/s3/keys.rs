//! Pages of keys for walks over many of them: in columns, by the short way.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Input;
use aws_sdk_s3::types::{EncodingType, OptionalObjectAttributes};

use super::super::ask::{Ask, Pace};
use super::super::{Lake, lean};
use crate::model::keys::KeyPage;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From<'a> {
    Start,
    /// Behind this text, which need not be a key.
    After(&'a str),
    /// Where [`KeyPage::next`] of the page before says.
    Token(&'a str),
}

impl Lake {
    /// One page of what lies under a prefix, folders folded where `folded` is set; `max` is at
    /// most 1,000. Tried once. How archived objects' restores stand is told with folders only:
    /// whoever walks over all has no use for it.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn keys(
        &self,
        prefix: &S3Uri,
        folded: bool,
        from: From<'_>,
        max: u16,
    ) -> Result<KeyPage, Trouble> {
        let ask = Ask::bucket("s3:ListBucket", "list", prefix);
        let (after, token) = match from {
            From::Start => (None, None),
            From::After(after) => (Some(after.to_owned()), None),
            From::Token(token) => (None, Some(token.to_owned())),
        };
        let request = || {
            ListObjectsV2Input::builder()
                .bucket(&prefix.bucket)
                .prefix(&prefix.key)
                .set_delimiter(folded.then(|| "/".to_owned()))
                .set_start_after(after.clone())
                .set_continuation_token(token.clone())
                .encoding_type(EncodingType::Url)
                .set_optional_object_attributes(
                    folded.then(|| vec![OptionalObjectAttributes::RestoreStatus]),
                )
                .max_keys(i32::from(max.min(1000)))
                .set_request_payer(self.payer(&prefix.bucket))
        };
        let clients = self.clients().await?;
        self.in_bucket(&ask, &prefix.bucket, Pace::Quick, |client| {
            let (clients, request) = (&clients, &request);
            async move { lean::page(&clients.lean, &client, &prefix.bucket, request).await }
        })
        .await
    }
}
