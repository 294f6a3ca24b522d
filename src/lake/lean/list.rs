//! ListObjectsV2 by the short way, its answer read straight into columns as it arrives.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2InputBuilder;
use aws_sdk_s3::operation::list_objects_v2::{
    ListObjectsV2Error, ListObjectsV2Input, ListObjectsV2Output,
};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::payload::Payload;
use super::{Lean, Way, in_memory, read, shortest};
use crate::lake::s3::{Reader, columns};
use crate::lake::trouble::Failed;
use crate::model::keys::KeyPage;

/// From the request's first byte to the answer's last.
const DEADLINE: Duration = Duration::from_secs(30);

/// How a page was come by.
type Listed = Result<KeyPage, Failed<ListObjectsV2Error>>;

/// Asks for what `request` makes: by the short way where it leads there, else by the client.
pub async fn page(
    lean: &Lean,
    client: &Client,
    bucket: &str,
    request: impl Fn() -> ListObjectsV2InputBuilder,
) -> Listed {
    let short = async |way: Way<'_>| {
        let input = request().build().map_err(SdkError::construction_failure)?;
        let listed = tokio::time::timeout(DEADLINE, way.list(input)).await;
        listed.unwrap_or_else(|late| Err(SdkError::timeout_error(late)))
    };
    let long = async || request().send_with(client).await.map(columns);
    shortest(lean, client, bucket, short, long).await
}

impl Way<'_> {
    async fn list(&self, input: ListObjectsV2Input) -> Listed {
        let operation = &self.lean.list;
        let answer = self.send(operation, Input::erase(input), Payload::Nothing).await?;
        if answer.status().is_success() {
            return as_it_comes(answer).await;
        }
        read::<ListObjectsV2Output, _>(operation, in_memory(answer).await?).map(columns)
    }
}

async fn as_it_comes(mut answer: HttpResponse) -> Listed {
    let mut body = ByteStream::new(std::mem::replace(answer.body_mut(), SdkBody::taken()));
    let mut reader = Reader::default();
    loop {
        match body.try_next().await {
            Ok(Some(bytes)) => {
                if let Err(error) = reader.take(&bytes) {
                    return Err(SdkError::response_error(error, answer));
                }
            }
            Ok(None) => break,
            Err(error) => return Err(SdkError::response_error(error, answer)),
        }
    }
    reader.finish().map_err(|error| SdkError::response_error(error, answer))
}
