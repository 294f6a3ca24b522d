//! Restoring archived objects, and what is told of that.

use http::StatusCode;
use s3s::dto::{
    RestoreObjectInput, RestoreObjectOutput, RestoreStatus, Timestamp, TimestampFormat,
};
use s3s::{S3Request, S3Response};

use super::{Answer, Front, owner_is, without};
use crate::local::s3::Store;
use crate::local::s3::archive::{Standing, standing, time};
use crate::local::s3::error::StoreError;
use crate::local::s3::object::Meta;
use crate::model::storage::Tier;

/// 202 where a copy is on its way, 200 where one is there and is kept for longer.
pub async fn restore_object(
    front: &Front,
    request: S3Request<RestoreObjectInput>,
) -> Answer<RestoreObjectOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let there = front
        .run(move |store: &Store| {
            store.bucket(&input.bucket)?;
            owner_is(input.expected_bucket_owner.as_ref())?;
            store.allowed(&who, "s3:RestoreObject", &input.bucket, &input.key, None)?;
            let wanted = input.restore_request.unwrap_or_default();
            without(
                wanted.type_.is_none()
                    && wanted.select_parameters.is_none()
                    && wanted.output_location.is_none(),
                "selections from archived objects",
            )?;
            let days = wanted.days.and_then(|days| u64::try_from(days).ok()).filter(|d| *d > 0);
            let days = days.ok_or_else(|| {
                StoreError::new("MalformedXML", "A restore says for how many days it is")
            })?;
            let named = wanted.glacier_job_parameters.map(|how| how.tier).or(wanted.tier);
            let tier = match &named {
                None => Tier::Standard,
                Some(name) => Tier::parse(name.as_str()).ok_or_else(|| {
                    StoreError::new("MalformedXML", format!("There is no tier {}", name.as_str()))
                })?,
            };
            store.restore(&input.bucket, &input.key, input.version_id.as_deref(), days, tier)
        })
        .await?;
    let status = if there { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(S3Response::with_status(RestoreObjectOutput::default(), status))
}

/// `x-amz-restore`; nothing for an object that nobody has asked back.
pub fn header(meta: &Meta) -> Option<String> {
    match standing(meta, std::time::SystemTime::now()) {
        Standing::Open | Standing::Archived => None,
        Standing::Restoring => Some("ongoing-request=\"true\"".to_owned()),
        Standing::Restored(until) => {
            let mut date = Vec::new();
            Timestamp::from(time(until)).format(TimestampFormat::HttpDate, &mut date).ok()?;
            let date = String::from_utf8(date).ok()?;
            Some(format!("ongoing-request=\"false\", expiry-date=\"{date}\""))
        }
    }
}

/// The same in a listing that asks for it.
pub fn status(meta: &Meta) -> Option<RestoreStatus> {
    let (under_way, until) = match standing(meta, std::time::SystemTime::now()) {
        Standing::Open | Standing::Archived => return None,
        Standing::Restoring => (true, None),
        Standing::Restored(until) => (false, Some(Timestamp::from(time(until)))),
    };
    Some(RestoreStatus { is_restore_in_progress: Some(under_way), restore_expiry_date: until })
}
