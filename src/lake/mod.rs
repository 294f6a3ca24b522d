//! The only room that speaks to AWS. One concrete [`Lake`], no trait layer: the seam for
//! tests and for the embedded lake is the SDK's HTTP client, so that signing, serialisation,
//! retries and paging are what they are in production.

pub mod ask;
mod athena;
pub mod block;
pub mod body;
mod catalog;
mod connect;
mod glue;
mod grants;
pub mod guard;
mod kms;
mod lakeformation;
mod lean;
pub mod parts;
mod regions;
mod s3;
pub mod strays;
mod sts;
mod tables;
pub mod trouble;
mod venues;
mod versions;
pub mod witness;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, RwLock};

use crate::model::identity::Identity;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};

use ask::{Ask, Service};
use connect::Clients;
use kms::Keys;
use regions::Regions;
use trouble::Circumstances;
use witness::Witness;

pub use athena::{StartQuery, sha256};
pub use connect::{Seam, connector};
pub use s3::{Body, Deleted, From, Gone, LONGEST_LINK, Link, Original, PutWith, Same, Written};
pub use versions::{VersionMarker, VersionPage};

/// One lake, in AWS or embedded. Cheap to clone; every clone shares connections and memory.
#[derive(Clone)]
pub struct Lake(Arc<Inner>);

struct Inner {
    settings: Settings,
    seam: Option<Seam>,
    witness: Witness,
    /// Made on first use and again after credentials have expired.
    clients: RwLock<Option<Arc<Clients>>>,
    regions: Regions,
    keys: Keys,
    identity: Mutex<Option<Identity>>,
    /// Set once a write has looked for the caller.
    looked: Mutex<Arc<OnceCell<()>>>,
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lake").field(&self.0.settings.name).finish()
    }
}

impl Lake {
    /// A handle on the lake. Reads no file and waits for nothing: profile, credentials and
    /// identity are looked for by the first request that needs them.
    pub fn open(settings: Settings, seam: Option<Seam>, witness: Witness) -> Self {
        Self(Arc::new(Inner {
            settings,
            seam,
            witness,
            clients: RwLock::default(),
            regions: Regions::default(),
            keys: Keys::default(),
            identity: Mutex::default(),
            looked: Mutex::default(),
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The region requests go to by default.
    ///
    /// # Errors
    /// [`Kind::Invalid`] where none is set.
    pub async fn region(&self) -> Result<String, Trouble> {
        Ok(self.clients().await?.region.clone())
    }

    async fn clients(&self) -> Result<Arc<Clients>, Trouble> {
        if let Some(clients) = self.0.clients.read().await.as_ref() {
            return Ok(clients.clone());
        }
        let mut slot = self.0.clients.write().await;
        if let Some(clients) = slot.as_ref() {
            return Ok(clients.clone());
        }
        let clients = Arc::new(connect::connect(&self.0.settings, self.0.seam.as_ref()).await?);
        *slot = Some(clients.clone());
        Ok(clients)
    }

    /// Looks for credentials anew on the next request, and who they make us: `aws-config` keeps
    /// the profile it once parsed, so a renewed login is only seen by a new chain, and may be
    /// somebody else's, who may do other things.
    ///
    /// Late answers to clients that were replaced meanwhile change nothing.
    async fn forget_credentials(&self, of: &Clients) {
        let mut slot = self.0.clients.write().await;
        if slot.as_ref().is_some_and(|clients| std::ptr::eq(&**clients, of)) {
            *slot = None;
            *self.0.identity.lock().unwrap_or_else(PoisonError::into_inner) = None;
            *self.0.looked.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
            self.0.keys.forget();
        }
    }

    /// What is known of the caller without asking anyone.
    fn known_identity(&self) -> Option<Identity> {
        self.0.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember_identity(&self, identity: &Identity) {
        *self.0.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
    }

    /// Turns an SDK error into a sentence, and lets go of credentials that are no good.
    async fn trouble<E>(&self, ask: &Ask, clients: &Clients, error: trouble::Failed<E>) -> Trouble
    where
        E: trouble::ServiceFault,
    {
        let trouble = trouble::explain(ask, &error, &self.circumstances(ask.service, clients));
        if matches!(trouble.kind, Kind::Expired | Kind::NoCredentials) {
            self.forget_credentials(clients).await;
        }
        trouble
    }

    /// Sends a request that no bucket's region decides about.
    async fn call<T, E, F, Fut>(&self, ask: &Ask, send: F) -> Result<T, Trouble>
    where
        F: FnOnce(&Clients) -> Fut,
        Fut: Future<Output = Result<T, trouble::Failed<E>>>,
        E: trouble::ServiceFault,
    {
        let clients = self.clients().await?;
        match send(&clients).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.trouble(ask, &clients, error).await),
        }
    }

    /// Refuses to ask AWS's own service about a store that is not AWS's: its keys mean nothing
    /// there, and are none of AWS's business.
    fn is_beside_s3(&self, ask: &Ask, clients: &Clients) -> Result<(), Trouble> {
        let Some(s3) = clients.lonely_s3(ask.service) else { return Ok(()) };
        let id = ask.service.id();
        let why = format!("S3 is at {s3}, and there is no {id} beside it");
        let hint =
            format!("set endpoint_urls.{} in [lakes.{}]", ask.service.name(), self.settings().name);
        Err(Trouble::new(Kind::NotFound, &ask.what, why).hint(hint))
    }

    fn circumstances(&self, service: Service, clients: &Clients) -> Circumstances {
        Circumstances {
            lake: self.0.settings.name.clone(),
            profile: self.0.settings.profile.clone(),
            region: clients.region.clone(),
            endpoint: clients.endpoint(service).map(ToOwned::to_owned),
        }
    }
}
