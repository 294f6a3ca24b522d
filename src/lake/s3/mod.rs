//! S3, bucket by bucket in whatever region each one is.

mod archive;
mod attributes;
mod convert;
mod copy;
mod delete;
mod guards;
mod keys;
mod link;
mod plain;
mod read;
mod reader;
mod tags;
mod time;
mod write;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::RequestPayer;

use super::Lake;
use super::ask::{Ask, Pace};
use super::connect::Clients;
use super::regions::{Elsewhere, elsewhere};
use super::trouble::{Failed, ServiceFault};
use crate::model::trouble::Trouble;

pub(in crate::lake) use convert::{bare, columns, from_url};
pub use copy::Original;
pub use delete::{Deleted, Gone};
pub use keys::From;
pub use link::{LONGEST as LONGEST_LINK, Link};
pub use read::{Body, Same};
pub(in crate::lake) use reader::Reader;
pub(in crate::lake) use write::encryption;
pub use write::{PutWith, Written};

impl Lake {
    /// A client for the region this bucket is known to be in, and that region.
    fn client_of(&self, clients: &Clients, bucket: &str, pace: Pace) -> (String, Client) {
        let region = self.0.regions.of(bucket).unwrap_or_else(|| clients.region.clone());
        let client = clients.s3(&region, pace);
        (region, client)
    }

    /// What a read of this bucket says about who pays; without it, a bucket whose requester pays
    /// answers 403.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>
    fn payer(&self, bucket: &str) -> Option<RequestPayer> {
        self.settings().requester_pays.contains(bucket).then_some(RequestPayer::Requester)
    }

    /// Sends a request to wherever the bucket is: where the answer is that it lives in
    /// another region, once more there. `send` may run twice, so it must not consume a body.
    pub(in crate::lake) async fn in_bucket<T, E, F, Fut>(
        &self,
        ask: &Ask,
        bucket: &str,
        pace: Pace,
        send: F,
    ) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<T, Failed<E>>>,
        E: ServiceFault,
    {
        let clients = self.clients().await?;
        let (asked, client) = self.client_of(&clients, bucket, pace);
        let error = match send(client).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(region) = self.whereabouts(&clients, bucket, &asked, &error).await else {
            return Err(self.trouble(ask, &clients, error).await);
        };
        self.0.regions.learn(bucket, &region);
        match send(clients.s3(&region, pace)).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.trouble(ask, &clients, error).await),
        }
    }

    /// The other region that an error speaks of, if it does.
    async fn whereabouts<E: ServiceFault>(
        &self,
        clients: &Clients,
        bucket: &str,
        asked: &str,
        error: &Failed<E>,
    ) -> Option<String> {
        match elsewhere(error, asked)? {
            Elsewhere::In(region) => Some(region),
            Elsewhere::Somewhere => {
                let head = clients.s3(asked, Pace::Quick).head_bucket().bucket(bucket).send().await;
                match head {
                    Ok(head) => head.bucket_region.filter(|region| region != asked),
                    Err(error) => match elsewhere(&error, asked)? {
                        Elsewhere::In(region) => Some(region),
                        Elsewhere::Somewhere => None,
                    },
                }
            }
        }
    }
}
