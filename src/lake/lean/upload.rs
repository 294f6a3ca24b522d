//! PutObject and UploadPart by the short way.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::operation::upload_part::builders::UploadPartInputBuilder;
use aws_sdk_s3::operation::upload_part::{UploadPartError, UploadPartOutput};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::operation::BuildError;

use super::payload::Payload;
use super::{Lean, Operation, Way, in_memory, read, shortest};
use crate::lake::body::Summed;
use crate::lake::trouble::Failed;

/// Sends the object that `request` makes: by the short way where it leads there, else by the
/// client.
pub async fn put(
    lean: &Lean,
    client: &Client,
    bucket: &str,
    request: impl Fn() -> PutObjectInputBuilder,
) -> Result<PutObjectOutput, Failed<PutObjectError>> {
    let short =
        async |way: Way<'_>| way.upload(&lean.put, request().build(), Payload::Unsigned).await;
    shortest(lean, client, bucket, short, || request().send_with(client)).await
}

/// The same with a part, the checksum behind its bytes where `behind` is to tell it. (Of such a
/// one the client makes a sum of its own.)
pub async fn part(
    lean: &Lean,
    client: &Client,
    bucket: &str,
    behind: Option<&Summed>,
    request: impl Fn() -> UploadPartInputBuilder,
) -> Result<UploadPartOutput, Failed<UploadPartError>> {
    let payload = || behind.map_or(Payload::Unsigned, |sum| Payload::Summed(sum.clone()));
    let short = async |way: Way<'_>| way.upload(&lean.part, request().build(), payload()).await;
    let long = async || {
        let request = request();
        match request.get_content_md5() {
            Some(_) => request.send_with(&unadorned(client)).await,
            None => request.send_with(client).await,
        }
    };
    shortest(lean, client, bucket, short, long).await
}

/// To a part with a `Content-MD5` the client would else add a CRC32 in a trailer, and with it
/// aws-chunked.
fn unadorned(client: &Client) -> Client {
    let config = client.config().to_builder();
    let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    Client::from_conf(config.build())
}

impl Way<'_> {
    /// Sends it once.
    async fn upload<I, T, E>(
        self,
        operation: &Operation,
        input: Result<I, BuildError>,
        payload: Payload,
    ) -> Result<T, Failed<E>>
    where
        I: Debug + Send + Sync + 'static,
        T: Debug + Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        let input = Input::erase(input.map_err(SdkError::construction_failure)?);
        let answer = self.send(operation, input, payload).await?;
        read(operation, in_memory(answer).await?)
    }
}
