//! Which key the name of a KMS key stands for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Lake;
use super::ask::{Ask, Service};
use super::connect::Clients;
use crate::model::kms;
use crate::model::trouble::{Kind, Trouble};

/// How long a failure stands: a KMS that cannot be reached is not waited for at every object.
const FAILED_FOR: Duration = Duration::from_secs(600);

/// What KMS has said of keys: region and name → the key's ARN, or why it is not told.
#[derive(Default)]
pub(crate) struct Keys(Mutex<HashMap<(String, String), Slot>>);

/// Locked while KMS is asked, so that it is asked once however many want to know.
type Slot = Arc<tokio::sync::Mutex<Option<Heard>>>;

struct Heard {
    at: Instant,
    said: Result<String, Trouble>,
}

impl Heard {
    fn stands(&self) -> bool {
        self.said.is_ok() || self.at.elapsed() < FAILED_FOR
    }
}

impl Keys {
    fn slot(&self, name: (String, String)) -> Slot {
        self.lock().entry(name).or_default().clone()
    }

    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lake {
    /// The ARN of the key that `name` (a key's ARN or id, an alias or its ARN) stands for in the
    /// region of `bucket`. KMS is asked once and its answer remembered until the credentials are
    /// forgotten, a failure for ten minutes at most. An ARN of a key is its own answer.
    ///
    /// # Errors
    /// [`Kind::Denied`] where `kms:DescribeKey` is not allowed, [`Kind::NotFound`] where there
    /// is no such key or no KMS beside a store that is not AWS's, and whatever else keeps KMS
    /// from answering.
    pub async fn key_arn(&self, bucket: &str, name: &str) -> Result<String, Trouble> {
        if kms::is_key_arn(name) {
            return Ok(name.to_owned());
        }
        let ask = Ask::new(
            Service::Kms,
            "kms:DescribeKey",
            format!("look up KMS key {name}"),
            name.to_owned(),
        );
        let clients = self.clients().await?;
        self.is_beside_s3(&ask, &clients)?;
        let region = self.region_of_key(&clients, bucket, name);
        drop(clients);
        let slot = self.0.keys.slot((region.clone(), name.to_owned()));
        let mut heard = slot.lock().await;
        if let Some(heard) = heard.as_ref().filter(|heard| heard.stands()) {
            return heard.said.clone();
        }
        let said = self.describe_key(&ask, &region, name).await;
        let passes = said.as_ref().is_err_and(may_pass);
        *heard = (!passes).then(|| Heard { at: Instant::now(), said: said.clone() });
        said
    }

    /// Lets go of what is remembered of keys: an alias may have been pointed at another.
    pub fn forget_keys(&self) {
        self.0.keys.forget();
    }

    async fn describe_key(&self, ask: &Ask, region: &str, name: &str) -> Result<String, Trouble> {
        let send = |to: &Clients| to.kms(region).describe_key().key_id(name).send();
        let answer = self.call(ask, send).await?;
        answer
            .key_metadata
            .and_then(|key| key.arn)
            .ok_or_else(|| Trouble::new(Kind::Other, &ask.what, "the answer names no key"))
    }

    /// S3 looks for a bucket's key where the bucket is, unless the alias says where.
    fn region_of_key(&self, clients: &Clients, bucket: &str, name: &str) -> String {
        let named = name.starts_with("arn:").then(|| name.split(':').nth(3)).flatten();
        let named = named.filter(|region| !region.is_empty()).map(ToOwned::to_owned);
        named.or_else(|| self.0.regions.of(bucket)).unwrap_or_else(|| clients.region.clone())
    }
}

/// True for what says nothing of the key, and may be over at the next try.
fn may_pass(trouble: &Trouble) -> bool {
    matches!(trouble.kind, Kind::Expired | Kind::NoCredentials | Kind::Throttled)
}
