//! PutObject by the short way.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectInput, PutObjectOutput};
use aws_sigv4::http_request::SignableBody;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::result::SdkError;

use super::{Lean, Way, in_memory, read, shortest};
use crate::lake::trouble::Failed;

/// How a PutObject went.
type Sent = Result<PutObjectOutput, Failed<PutObjectError>>;

/// Sends what `request` makes: by the short way where it leads there, else by the client.
pub async fn put(
    lean: &Lean,
    client: &Client,
    bucket: &str,
    request: impl Fn() -> PutObjectInputBuilder,
) -> Sent {
    let short = async |way: Way<'_>| {
        let input = request().build().map_err(SdkError::construction_failure)?;
        way.put(input).await
    };
    shortest(lean, client, bucket, short, || request().send_with(client)).await
}

impl Way<'_> {
    /// Sends it once. The payload is not signed: its checksum guards it.
    async fn put(&self, input: PutObjectInput) -> Sent {
        let operation = &self.lean.put;
        let answer =
            self.send(operation, Input::erase(input), SignableBody::UnsignedPayload).await?;
        read(operation, in_memory(answer).await?)
    }
}
