//! Bringing archived objects back.

use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::types::{GlacierJobParameters, RestoreRequest, Tier as SdkTier};

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use crate::model::storage::Tier;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

impl Lake {
    /// Asks for a temporary copy of an archived object, to be kept for so many days. S3 bills
    /// for it. One that is there already is kept for so many days from now.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where it is asked for already,
    /// [`Kind::Invalid`] where the object is not archived; as S3 answers else.
    pub async fn restore(&self, uri: &S3Uri, days: u32, tier: Tier) -> Result<(), Trouble> {
        let ask = Ask::object("s3:RestoreObject", "restore", uri);
        let permit = self.permit(&ask).await?;
        let sent = self.restored(&ask, uri, days, tier).await;
        permit.settle(sent, Clone::clone).map(drop)
    }

    async fn restored(
        &self,
        ask: &Ask,
        uri: &S3Uri,
        days: u32,
        tier: Tier,
    ) -> Result<Receipt, Trouble> {
        let how = GlacierJobParameters::builder()
            .tier(SdkTier::from(tier.name()))
            .build()
            .map_err(|error| Trouble::new(Kind::Invalid, &ask.what, error.to_string()))?;
        let request = RestoreRequest::builder()
            .days(i32::try_from(days).unwrap_or(i32::MAX))
            .glacier_job_parameters(how)
            .build();
        let answer = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .restore_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .restore_request(request.clone())
                    .send()
            })
            .await?;
        let request_id = answer.request_id().map(ToOwned::to_owned);
        Ok(Receipt { request_id, ..Receipt::default() })
    }
}
