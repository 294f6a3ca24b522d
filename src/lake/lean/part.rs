//! UploadPart by the short way.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::operation::upload_part::builders::UploadPartInputBuilder;
use aws_sdk_s3::operation::upload_part::{UploadPartError, UploadPartInput, UploadPartOutput};
use aws_sigv4::http_request::SignableBody;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::result::SdkError;

use super::{Lean, Way, in_memory, read, shortest};
use crate::lake::trouble::Failed;

/// How an UploadPart went.
type Sent = Result<UploadPartOutput, Failed<UploadPartError>>;

/// Sends what `request` makes: by the short way where it leads there, else by the client.
pub async fn part(
    lean: &Lean,
    client: &Client,
    bucket: &str,
    request: impl Fn() -> UploadPartInputBuilder,
) -> Sent {
    let short = async |way: Way<'_>| {
        let input = request().build().map_err(SdkError::construction_failure)?;
        way.part(input).await
    };
    let long = async || request().send_with(&unadorned(client)).await;
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
    /// Sends it once. The payload is not signed: its checksum guards it.
    async fn part(&self, input: UploadPartInput) -> Sent {
        let operation = &self.lean.part;
        let answer =
            self.send(operation, Input::erase(input), SignableBody::UnsignedPayload).await?;
        read(operation, in_memory(answer).await?)
    }
}
