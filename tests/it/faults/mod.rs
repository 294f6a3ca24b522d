//! Transfers over a wire on which everything goes wrong. Each scenario is a file beside this
//! one; between the engine, with the connector it has in production, and a local lake on a
//! socket stands a proxy that does what the file says.

pub mod proxy;
pub mod scenario;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use futures::StreamExt as _;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::local::LocalLake;
use lakehand::local::door::serve;
use lakehand::model::settings::Settings;
use lakehand::model::transfer::TransferState;
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{Download, Engine, Finished, Options, Plan, Upload, UploadHow};
use tokio_util::sync::CancellationToken;

use crate::transfer_rig::{MIB, drain, noise, quick};
use proxy::{Name, Proxy};
use scenario::{Direction, Scenario};

/// Scenarios at a time: most of each one's time is the SDK waiting before another try.
const TOGETHER: usize = 6;
/// Not what is tested: a scenario that hangs is to be named.
const HANGS: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_or_says_why_whatever_the_wire_does() {
    let store = Store::open().await;
    let scenarios = scenarios();
    assert!(scenarios.len() >= 20, "the scenarios are found");
    let runs = scenarios.into_iter().map(|(name, scenario)| {
        let store = &store;
        async move {
            let ran = tokio::time::timeout(HANGS, run(store, &name, &scenario)).await;
            let ran = ran.unwrap_or_else(|_| Err("it hangs".to_owned()));
            ran.err().map(|why| format!("{name}.toml ({}): {why}", scenario.about))
        }
    });
    let ended: Vec<_> = futures::stream::iter(runs).buffer_unordered(TOGETHER).collect().await;
    let failed: Vec<String> = ended.into_iter().flatten().collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

fn scenarios() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario = toml::from_str(&fs::read_to_string(&path).unwrap());
        (name, scenario.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    paths.into_iter().map(read).collect()
}

/// The lake behind the proxies, and a way to it past them.
struct Store {
    dir: tempfile::TempDir,
    address: SocketAddr,
    keys: (String, String),
    lake: Lake,
    stop: CancellationToken,
}

impl Store {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let local = LocalLake::open(&dir.path().join("lake")).unwrap();
        let listener = serve::listen("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(serve::serve(local.clone(), listener, stop.clone()));
        let (access_key, secret_key) = local.sign_as(None).unwrap();
        let keys = (access_key.clone(), secret_key.clone());
        let seam = Seam { http: local.connector(), access_key, secret_key };
        let lake = Lake::open(Settings::aws("store"), Some(seam), nobody());
        Self { dir, address, keys, lake, stop }
    }

    /// The lake as the engine sees it: over the wire, through the proxy.
    fn through(&self, proxy: &Proxy) -> Lake {
        let http = lakehand::lake::connector().unwrap();
        let http = SharedHttpConnector::new(Detour { http, to: proxy.name() });
        let (access_key, secret_key) = self.keys.clone();
        let seam = Seam { http, access_key, secret_key };
        Lake::open(Settings::aws("wire"), Some(seam), nobody())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn run(store: &Store, name: &str, scenario: &Scenario) -> Result<(), String> {
    let folder = store.dir.path().join(name);
    fs::create_dir(&folder).unwrap();
    store.lake.create_bucket(name).await.map_err(|trouble| trouble.to_string())?;
    let mut contents = Vec::new();
    for file in &scenario.files {
        let data = noise(file.size, (file.name.len() + file.size) as u64);
        fs::write(folder.join(&file.name), &data).unwrap();
        contents.push((file.name.clone(), data));
    }
    if scenario.direction == Direction::Get {
        let (engine, ends) = engine(store.lake.clone(), scenario);
        engine.add(upload(name, &folder, scenario));
        engine.idle().await;
        if let Some(end) = drain(ends).iter().find(|end| !arrived(end)) {
            return Err(format!("could not be prepared: {end:?}"));
        }
    }
    let proxy = Proxy::start(store.address, scenario.faults.clone(), folder.clone()).await;
    let (engine, ends) = engine(store.through(&proxy), scenario);
    let out = folder.join("out");
    engine.add(match scenario.direction {
        Direction::Put => upload(name, &folder, scenario),
        Direction::Get => download(name, &out, scenario),
    });
    engine.idle().await;
    let ends = drain(ends);

    let wrong = judge(scenario, &ends);
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    if let Some(fault) = proxy.unmet().first() {
        return Err(format!("no request met {fault}"));
    }
    for count in &scenario.counts {
        let seen = proxy.count(&count.on);
        if seen < count.at_least {
            return Err(format!("{} came {seen} times, not {}", count.on, count.at_least));
        }
    }
    for (file, data) in contents {
        let landed = match scenario.direction {
            Direction::Put => store.dir.path().join("lake/buckets").join(name).join(&file),
            Direction::Get => out.join(&file),
        };
        let there = fs::read(&landed).ok();
        match (scenario.fails.contains_key(&file), there) {
            (false, Some(there)) if there == data => {}
            (false, Some(_)) => return Err(format!("{file} arrived with other bytes")),
            (false, None) => return Err(format!("{file} is done but not there")),
            (true, Some(there)) if there != data => {
                return Err(format!("{file} failed, and something else is there"));
            }
            (true, _) => {}
        }
    }
    left_over(store, name, &out).await
}

/// What must not be left: unfinished uploads there, temporary files here.
async fn left_over(store: &Store, name: &str, out: &Path) -> Result<(), String> {
    let strays = store.lake.unfinished_uploads(&S3Uri::new(name, "")).await;
    let strays = strays.map_err(|trouble| trouble.to_string())?;
    if !strays.is_empty() {
        return Err(format!("{} uploads were left unfinished", strays.len()));
    }
    let mut left = fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.file_name());
    match left.find(|name| name.to_string_lossy().starts_with('.')) {
        Some(temp) => Err(format!("{} was left", temp.display())),
        None => Ok(()),
    }
}

/// Every file ended once, and as the scenario says.
fn judge(scenario: &Scenario, ends: &[Finished]) -> Vec<String> {
    let mut wrong = Vec::new();
    let named = |end: &Finished| end.remote.key.clone();
    let mut missing: BTreeSet<_> = scenario.files.iter().map(|file| file.name.clone()).collect();
    for end in ends {
        let name = named(end);
        if !missing.remove(&name) {
            wrong.push(format!("{name} ended twice"));
        }
        match (scenario.fails.get(&name), &end.state) {
            // Skipped where the answer was lost: another try found the object there.
            (None, TransferState::Done(proof) | TransferState::Skipped(proof))
                if proof.is_proof() => {}
            (Some(fragment), TransferState::Failed(trouble))
                if trouble.to_string().contains(fragment.as_str()) => {}
            (Some(fragment), TransferState::Failed(trouble)) => {
                wrong.push(format!("{name} failed, not for {fragment:?}: {trouble}"));
            }
            (_, TransferState::Failed(trouble)) => wrong.push(format!("{name} failed: {trouble}")),
            (_, state) => wrong.push(format!("{name} ended as {state:?}")),
        }
    }
    wrong.extend(missing.into_iter().map(|name| format!("{name} has no end")));
    wrong
}

fn arrived(end: &Finished) -> bool {
    matches!(end.state, TransferState::Done(_))
}

fn engine(lake: Lake, scenario: &Scenario) -> (Engine, tokio::sync::mpsc::Receiver<Finished>) {
    let (finished, ends) = tokio::sync::mpsc::channel(1000);
    let mut options = Options { finished: Some(finished), patience: quick(), ..Options::default() };
    if let Some(tries) = scenario.engine.tries {
        options.patience.tries = tries;
    }
    if let Some(silence) = scenario.engine.silence_ms {
        options.patience.silence = Duration::from_millis(silence);
    }
    if let Some(concurrency) = scenario.engine.concurrency {
        options.concurrency = Some(concurrency);
    }
    (Engine::start(lake, options).unwrap(), ends)
}

fn upload(bucket: &str, folder: &Path, scenario: &Scenario) -> Plan {
    let sources = scenario.files.iter().map(|file| folder.join(&file.name)).collect();
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    Plan::Upload(Upload { how, ..Upload::new(sources, S3Uri::new(bucket, "")) })
}

fn download(bucket: &str, out: &Path, scenario: &Scenario) -> Plan {
    let folder = out.to_owned();
    Plan::Download(Download {
        sources: scenario.files.iter().map(|file| S3Uri::new(bucket, &file.name)).collect(),
        folder: out.to_owned(),
        recursive: false,
        version: None,
        place: Arc::new(move |name, _| Ok(folder.join(name))),
    })
}

/// The connector of production, to where the proxy listens instead of where a local lake's
/// requests are addressed. The host that was signed stays in its header.
#[derive(Debug)]
struct Detour {
    http: SharedHttpConnector,
    to: Name,
}

impl HttpConnector for Detour {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().expect("a URI");
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let there = format!("http://{}{path}", self.to.authority());
        let host = uri.authority().expect("a host").to_string();
        request.set_uri(there).expect("a URI");
        request.headers_mut().insert("host", host);
        self.http.call(request)
    }
}
