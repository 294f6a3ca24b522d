//! What the transfer tests stand on: a lake, files to move, an engine that tells how each ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::local::LocalLake;
use lakehand::model::settings::Settings;
use lakehand::model::transfer::TransferState;
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{Engine, Finished, Options, Patience, Plan, Upload, UploadHow};
use tokio::sync::mpsc;

pub const MIB: usize = 1 << 20;

/// A local lake in a folder of its own with one bucket, and a folder of files.
pub struct Rig {
    pub dir: tempfile::TempDir,
    pub local: Arc<LocalLake>,
    pub lake: Lake,
    /// The way there, faults and all.
    pub http: SharedHttpConnector,
}

pub const BUCKET: &str = "rig-source";

/// What a request meets on its way.
pub enum Fault {
    None,
    /// The connection breaks before an answer.
    Reset,
    /// The store's name cannot be resolved, as the resolver of this machine says it.
    Nameless,
    /// The request arrives, its answer is lost.
    Deaf,
    /// This answer instead of the store's.
    Answer(u16, &'static str),
    /// This document instead of the service's answer.
    Json(&'static str),
    /// These headers of the store's answer, where it has them, read so instead; `None` takes
    /// one away.
    Headers(&'static [(&'static str, Option<&'static str>)]),
    /// The request never ends.
    Stall,
}

pub type Rule = Arc<dyn Fn(&HttpRequest) -> Fault + Send + Sync>;

impl Rig {
    pub async fn new() -> Self {
        Self::with(|_| {}, Arc::new(|_| Fault::None)).await
    }

    pub async fn faulty(rule: impl Fn(&HttpRequest) -> Fault + Send + Sync + 'static) -> Self {
        Self::with(|_| {}, Arc::new(rule)).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings), rule: Rule) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let local = LocalLake::open(&dir.path().join("lake")).unwrap();
        let mut settings = Settings::aws("rig");
        change(&mut settings);
        let http = SharedHttpConnector::new(Faulty { inner: local.connector(), rule });
        let (access_key, secret_key) = local.sign_as(None).unwrap();
        let seam = Seam { http: http.clone(), access_key, secret_key };
        let lake = Lake::open(settings, Some(seam), nobody());
        lake.create_bucket(BUCKET).await.unwrap();
        std::fs::create_dir(dir.path().join("files")).unwrap();
        Self { dir, local, lake, http }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("files").join(name)
    }

    /// A file of `size` bytes that differ, made without holding it in memory.
    pub fn file(&self, name: &str, size: usize) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, noise(size, name.len() as u64 + size as u64)).unwrap();
        path
    }

    pub fn engine(&self) -> (Engine, mpsc::Receiver<Finished>) {
        self.engine_with(|_| {})
    }

    pub fn engine_with(
        &self,
        change: impl FnOnce(&mut Options),
    ) -> (Engine, mpsc::Receiver<Finished>) {
        let (finished, ends) = mpsc::channel(1000);
        let mut options =
            Options { finished: Some(finished), patience: quick(), ..Options::default() };
        change(&mut options);
        (Engine::start(self.lake.clone(), options).unwrap(), ends)
    }

    /// Uploads and gives how each transfer ended.
    pub async fn put(&self, plan: Upload) -> Vec<Finished> {
        let (engine, ends) = self.engine();
        engine.add(Plan::Upload(plan));
        engine.idle().await;
        drain(ends)
    }

    pub async fn put_one(&self, path: &Path, how: UploadHow) -> Finished {
        let plan = Upload { how, ..Upload::new(vec![path.into()], uri("in/")) };
        let mut ends = self.put(plan).await;
        assert_eq!(ends.len(), 1, "{ends:?}");
        ends.remove(0)
    }

    /// The object's bytes, as the lake answers them.
    pub async fn read(&self, key: &str) -> Vec<u8> {
        self.lake.get(&uri(key), None).await.unwrap().collect().await.unwrap().to_vec()
    }

    pub async fn stray_uploads(&self) -> usize {
        self.lake.unfinished_uploads(&uri("")).await.unwrap().len()
    }
}

pub fn uri(key: &str) -> S3Uri {
    S3Uri::new(BUCKET, key)
}

pub fn drain(mut ends: mpsc::Receiver<Finished>) -> Vec<Finished> {
    std::iter::from_fn(|| ends.try_recv().ok()).collect()
}

/// Waits between tries that a test can afford.
pub fn quick() -> Patience {
    Patience {
        tries: 6,
        early: 6,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(5),
        silence: Duration::from_secs(60),
        stall: Duration::from_secs(30),
        busy: Duration::from_secs(60),
        outage: Duration::from_secs(60),
        probe: Duration::from_millis(20),
    }
}

/// Bytes that no block repeats.
pub fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut data = Vec::with_capacity(size + 8);
    while data.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend_from_slice(&state.to_le_bytes());
    }
    data.truncate(size);
    data
}

pub fn failure(end: &Finished) -> String {
    match &end.state {
        TransferState::Failed(trouble) => trouble.to_string(),
        other => panic!("not failed: {other:?}"),
    }
}

/// True for the first `times` calls.
pub fn first(times: u32) -> impl Fn() -> bool + Send + Sync {
    let seen = AtomicU32::new(0);
    move || seen.fetch_add(1, Ordering::SeqCst) < times
}

/// What a request asks for, as `PUT partNumber`.
pub fn is(request: &HttpRequest, method: &str, query: &str) -> bool {
    request.method() == method
        && request.uri().split_once('?').map_or("", |(_, query)| query).contains(query)
}

struct Faulty {
    inner: SharedHttpConnector,
    rule: Rule,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faulty")
    }
}

fn reset() -> ConnectorError {
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "reset by the test");
    ConnectorError::io(error.into())
}

impl HttpConnector for Faulty {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match (self.rule)(&request) {
            Fault::None => self.inner.call(request),
            Fault::Reset => HttpConnectorFuture::ready(Err(reset())),
            // A name that nobody has (RFC 6761).
            Fault::Nameless => HttpConnectorFuture::new(async {
                let looked = tokio::net::lookup_host("no-such-host.invalid:443").await;
                let error = looked.map(drop).expect_err("nobody has that name");
                Err(ConnectorError::io(error.into()))
            }),
            Fault::Deaf => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(reset())
                })
            }
            Fault::Answer(status, code) => {
                let body =
                    format!("<Error><Code>{code}</Code><Message>by the test</Message></Error>");
                let status = StatusCode::try_from(status).unwrap();
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
            }
            Fault::Json(document) => {
                let status = StatusCode::try_from(200).unwrap();
                let answer = HttpResponse::new(status, SdkBody::from(document));
                HttpConnectorFuture::ready(Ok(answer))
            }
            Fault::Headers(changes) => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    let mut answer = answer.await?;
                    for (name, value) in changes {
                        if answer.headers_mut().remove(*name).is_some()
                            && let Some(value) = value
                        {
                            answer.headers_mut().insert(*name, *value);
                        }
                    }
                    Ok(answer)
                })
            }
            Fault::Stall => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}
