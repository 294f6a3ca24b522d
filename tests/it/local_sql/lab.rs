//! A store, a catalog and an engine in a temporary folder.

use std::sync::Arc;

use lakehand::local::glue::Catalog;
use lakehand::local::principal::Principal;
use lakehand::local::s3::{PutOptions, Store};
use lakehand::local::sql::{
    Encryption, Engine, Meter, Outcome, Output, Request, SqlError, read_rows,
};
use lakehand::local::state::State;

pub type Row = Vec<Option<String>>;

pub struct Lab {
    pub state: State,
    pub store: Store,
    pub catalog: Catalog,
    pub engine: Engine,
    pub runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl Lab {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let store = Store::open(dir.path(), state.clone()).unwrap();
        let catalog = Catalog::open(state.clone()).unwrap();
        let engine = Engine::open(store.clone(), catalog.clone()).unwrap();
        for bucket in ["lake", "out"] {
            store.create_bucket(bucket).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_stack_size(16 << 20)
            .enable_all()
            .build()
            .unwrap();
        Self { state, store, catalog, engine, runtime, _dir: dir }
    }

    pub fn put(&self, key: &str, body: impl AsRef<[u8]>) {
        self.store
            .put(&Principal::Administrator, "lake", key, body.as_ref(), PutOptions::default())
            .unwrap();
    }

    pub fn request(&self, sql: &str) -> Request {
        let id = uuid::Uuid::new_v4().to_string();
        Request {
            who: Principal::Administrator,
            database: "default".into(),
            sql: sql.into(),
            parameters: Vec::new(),
            output: Some(Output::at("s3://out/results/", &id).unwrap()),
            encryption: Encryption::default(),
            meter: Arc::new(Meter::new(None)),
        }
    }

    pub fn send(&self, request: &Request) -> Result<Outcome, SqlError> {
        self.runtime.block_on(self.engine.run(request))
    }

    pub fn ok(&self, sql: &str) -> Outcome {
        self.send(&self.request(sql)).unwrap_or_else(|e| panic!("{sql}\n{e}"))
    }

    pub fn fails(&self, sql: &str) -> String {
        match self.send(&self.request(sql)) {
            Ok(_) => panic!("{sql}\ndoes not fail"),
            Err(e) => e.message,
        }
    }

    pub fn text(&self, uri: &str) -> String {
        let (bucket, key) = uri.strip_prefix("s3://").unwrap().split_once('/').unwrap();
        let (file, _) = self.store.file(bucket, key).unwrap();
        std::io::read_to_string(file).unwrap()
    }

    /// The rows without the header.
    pub fn rows(&self, sql: &str) -> Vec<Row> {
        let text = self.text(&self.ok(sql).location.unwrap());
        let (mut rows, _) = read_rows(&mut text.as_bytes(), usize::MAX).unwrap();
        rows.remove(0);
        rows
    }

    /// One row, its values joined by `|`, NULL as `~`.
    pub fn row(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        show(&rows[0])
    }

    /// All rows, shown alike.
    pub fn all(&self, sql: &str) -> Vec<String> {
        self.rows(sql).iter().map(show).collect()
    }

    pub fn lines(&self, sql: &str) -> Vec<String> {
        let text = self.text(&self.ok(sql).location.unwrap());
        text.lines().map(str::to_owned).collect()
    }
}

fn show(row: &Row) -> String {
    row.iter().map(|v| v.as_deref().unwrap_or("~")).collect::<Vec<_>>().join("|")
}
