//! The embedded lake as a whole: its parts, its runtime, its ways in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use http::{Request, Response};
use s3s::Body;
use tokio::runtime::{Builder, Runtime};

use super::athena::Athena;
use super::demo::{self, DemoError};
use super::door::connector::Connector;
use super::door::keys::{self, Keys};
use super::door::{Door, failed};
use super::glue::{Catalog, Glue};
use super::lakeformation::LakeFormation;
use super::s3::Store;
use super::sql::Engine;
use super::state::State;

/// A lake in a folder.
///
/// It has a runtime of its own with one worker, so that a heavy query never starves the
/// screen of the program around it.
pub struct LocalLake {
    dir: PathBuf,
    state: State,
    store: Store,
    catalog: Catalog,
    glue: Glue,
    athena: Athena,
    engine: Engine,
    keys: Keys,
    door: Arc<Door>,
    /// Taken only when the lake is dropped.
    runtime: Option<Runtime>,
}

/// Why a lake does not open.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(String);

impl OpenError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl LocalLake {
    /// Opens the lake in `dir`, making what is missing. Blocks on the disk for a moment.
    ///
    /// # Errors
    /// When the folder cannot be written, is of a newer version, or its credentials file is
    /// readable by others.
    pub fn open(dir: &Path) -> Result<Arc<Self>, OpenError> {
        let state = State::open(dir).map_err(OpenError::of)?;
        let keys = Keys::load(dir).map_err(OpenError::of)?;
        let store = Store::open(dir, state.clone()).map_err(OpenError::of)?;
        let catalog = Catalog::open(state.clone()).map_err(OpenError::of)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("local-lake")
            .enable_all()
            .build()
            .map_err(OpenError::of)?;
        // The parts may start tasks as they open.
        let within = runtime.enter();
        let engine = Engine::open(store.clone(), catalog.clone()).map_err(OpenError::of)?;
        let glue = Glue::open(state.clone(), store.clone(), catalog.clone(), engine.clone())
            .map_err(OpenError::of)?;
        let athena = Athena::open(state.clone(), store.clone(), engine.clone(), catalog.clone())
            .map_err(OpenError::of)?;
        drop(within);
        let formation = LakeFormation::new(store.registrations().clone(), catalog.clone());
        let door = Door::new(keys.clone(), store.clone(), glue.clone(), athena.clone(), formation);
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            state,
            store,
            catalog,
            glue,
            athena,
            engine,
            keys,
            door: Arc::new(door),
            runtime: Some(runtime),
        }))
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The SQL engine; its queries run on threads of its own.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Fills the lake with the demo's sample data, if that was not done before. Takes a few
    /// seconds.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn fill_demo(&self) -> Result<(), DemoError> {
        let parts = demo::Parts {
            dir: self.dir.clone(),
            state: self.state.clone(),
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            glue: self.glue.clone(),
            athena: self.athena.clone(),
        };
        match &self.runtime {
            // Its jobs are to live on the lake's own runtime.
            Some(runtime) => {
                runtime.spawn(demo::fill(parts)).await.unwrap_or_else(DemoError::panicked)
            }
            None => Ok(()),
        }
    }

    /// False where every user of the machine may come in through a socket.
    pub fn has_secrets(&self) -> bool {
        self.keys.are_secret()
    }

    /// The access key and the secret to sign with as this principal; the administrator's for
    /// `None`. Whoever can read the folder can read these.
    ///
    /// # Errors
    /// For a name that cannot be one, or that the credentials file does not hold.
    pub fn sign_as(&self, principal: Option<&str>) -> Result<(String, String), OpenError> {
        let key = keys::access_key(principal);
        match self.keys.find(key) {
            Some((_, secret)) => Ok((key.to_owned(), secret)),
            None => Err(OpenError(match self.has_secrets() {
                true => {
                    format!("{} holds no access key {key:?}", self.dir.join(keys::FILE).display())
                }
                false => super::principal::BadName(key.to_owned()).to_string(),
            })),
        }
    }

    /// One request of any service, answered on the lake's own runtime. Dropping the future
    /// stops the work on it.
    pub async fn call(&self, request: Request<Body>) -> Response<Body> {
        let Some(runtime) = &self.runtime else { return failed() };
        let door = self.door.clone();
        let task = runtime.spawn(async move { door.answer(request).await });
        let task = tokio_util::task::AbortOnDropHandle::new(task);
        match task.await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "the local lake failed over a request");
                failed()
            }
        }
    }

    /// The way in without a socket.
    pub fn connector(self: &Arc<Self>) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.clone()))
    }

    /// The same for a client of the SDK.
    pub fn http_client(self: &Arc<Self>) -> SharedHttpClient {
        let connector = self.connector();
        http_client_fn(move |_, _| connector.clone())
    }
}

impl Drop for LocalLake {
    fn drop(&mut self) {
        // Waiting is not allowed in async code, and there is nothing to wait for: writes are
        // all or nothing.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
