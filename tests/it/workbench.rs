//! The screen with its crew on a real local lake: keys go in, the screen and the buckets are
//! looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::local::LocalLake;
use lakehand::model::drafts::Drafts;
use lakehand::model::object::Role;
use lakehand::model::query::QueryState;
use lakehand::model::settings::{Place, RoleBucket, Settings};
use lakehand::model::uri::S3Uri;
use lakehand::ui::app::{App, Setup};
use lakehand::ui::keymap::Keymap;
use lakehand::ui::talk::{Effect, News};
use lakehand::ui::theme::Theme;
use lakehand::work::{Crew, Desk};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

const SIZE: Rect = Rect { x: 0, y: 0, width: 100, height: 30 };

pub struct Bench {
    app: App,
    pub crew: Crew,
    news: mpsc::Receiver<News>,
    pub lake: Lake,
    pub dir: tempfile::TempDir,
    pub local: Option<Arc<LocalLake>>,
    copied: Vec<String>,
}

impl Bench {
    pub async fn open() -> Self {
        let mut bench = Self::start(|lake| lake).await;
        bench.until("bench-source").await;
        bench
    }

    /// Starts the screen; the job that opens the lake hands it over by `hand`.
    async fn start(hand: fn(Lake) -> Lake) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("lake");
        let local = LocalLake::open(&folder).unwrap();
        let (access_key, secret_key) = local.sign_as(None).unwrap();
        let seam = Seam { http: local.connector(), access_key, secret_key };
        let bucket = |role, name: &str, prefix: &str| RoleBucket {
            role,
            name: name.into(),
            kms_key: None,
            prefix: prefix.into(),
        };
        let settings = Settings {
            place: Place::Local(folder),
            buckets: vec![
                bucket(Role::Source, "bench-source", ""),
                bucket(Role::Analyst, "bench-analyst", "results/"),
            ],
            ..Settings::aws("bench")
        };
        let lake = Lake::open(settings, Some(seam), nobody());
        lake.create_bucket("bench-source").await.unwrap();
        lake.create_bucket("bench-analyst").await.unwrap();
        Self { local: Some(local), ..Self::over(lake, dir, hand) }
    }

    /// The screen on a lake that is there.
    pub fn over(lake: Lake, dir: tempfile::TempDir, hand: fn(Lake) -> Lake) -> Self {
        let setup = Setup {
            title: "bench".into(),
            keymap: Keymap::load(&toml::Table::new()).unwrap(),
            theme: Theme::named("mono", false).unwrap(),
            config_file: "config.toml".into(),
        };
        let opened = lake.clone();
        let opener: lakehand::work::Opener = Arc::new(move |_| {
            let lake = opened.clone();
            Box::pin(async move { Ok(Some(hand(lake))) })
        });
        let desk = Desk {
            data_dir: dir.path().join("data"),
            state_dir: dir.path().join("state"),
            anchor: Arc::new(|| Box::pin(async { None })),
        };
        let (app, effects) = App::new(setup, Instant::now());
        let (crew, news) = Crew::new(opener, desk);
        let mut bench = Self { app, crew, news, lake, dir, local: None, copied: Vec::new() };
        bench.carry_out(effects);
        bench
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(Effect::Copy(text)) = self.crew.carry_out(effect) {
                self.copied.push(text.to_string());
            }
        }
    }

    pub fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let effects = self.app.press(key.parse().unwrap(), Instant::now());
            self.carry_out(effects);
        }
    }

    pub fn paste(&mut self, text: &str) {
        let effects = self.app.paste(text.to_owned(), Instant::now());
        self.carry_out(effects);
    }

    pub fn screen(&self) -> String {
        let mut buf = Buffer::empty(SIZE);
        self.app.draw(SIZE, &mut buf, Instant::now(), Timestamp::now());
        let line = |y| (0..SIZE.width).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (0..SIZE.height).map(line).collect::<Vec<_>>().join("\n")
    }

    /// Hears news until the screen shows this.
    pub async fn until(&mut self, wanted: &str) {
        self.until_it_is(wanted, true).await;
    }

    /// Hears news until the screen shows this no more.
    pub async fn until_gone(&mut self, unwanted: &str) {
        self.until_it_is(unwanted, false).await;
    }

    async fn until_it_is(&mut self, wanted: &str, there: bool) {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        while self.screen().contains(wanted) != there {
            match tokio::time::timeout_at(end, self.news.recv()).await {
                Ok(Some(news)) => {
                    let effects = self.app.hear(news, Instant::now());
                    self.carry_out(effects);
                }
                _ => panic!("{wanted:?} never came:\n{}", self.screen()),
            }
        }
    }

    /// Hears news until nothing is waited for.
    pub async fn settle(&mut self) {
        while self.app.is_busy() {
            self.hear().await;
        }
    }

    /// Hears one piece of news.
    pub async fn hear(&mut self) {
        match tokio::time::timeout(Duration::from_secs(60), self.news.recv()).await {
            Ok(Some(news)) => {
                let effects = self.app.hear(news, Instant::now());
                self.carry_out(effects);
            }
            _ => panic!("no news came:\n{}", self.screen()),
        }
    }

    /// Runs a statement that replaces the text, and waits for its end.
    pub async fn run(&mut self, sql: &str, end: &str) {
        // Whatever has the keys: to the editor, and everything in it away.
        self.press("esc e ctrl-alt-up home");
        for _ in 0..40 {
            self.press("ctrl-k delete");
        }
        self.paste(sql);
        self.press("ctrl-j");
        self.until(end).await;
    }

    /// The execution that the screen names.
    pub fn execution(&self) -> String {
        let screen = self.screen();
        let id = screen.split_whitespace().find(|word| uuid::Uuid::try_parse(word).is_ok());
        id.unwrap_or_else(|| panic!("no id:\n{screen}")).to_owned()
    }

    pub async fn table(&mut self) {
        let mut csv = String::from("chrom,pos,note\n");
        for at in 0..3000 {
            let note = if at % 3 == 0 { "" } else { "x" };
            csv.push_str(&format!("chr{},{at},{note}\n", at % 22));
        }
        let uri = S3Uri::new("bench-source", "variants/part-0.csv");
        let with = lakehand::lake::PutWith::default();
        self.lake.put_bytes(&uri, csv.into(), &with).await.unwrap();
        self.press("3");
        let ddl = "CREATE EXTERNAL TABLE variants (chrom string, pos bigint, note string)\n\
                   ROW FORMAT DELIMITED FIELDS TERMINATED BY ','\n\
                   LOCATION 's3://bench-source/variants/'\n\
                   TBLPROPERTIES ('skip.header.line.count'='1')";
        self.run(ddl, "SUCCEEDED").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_written_run_scrolled_and_saved() {
    let mut bench = Bench::open().await;
    bench.table().await;
    bench.run("SELECT * FROM variants ORDER BY pos", "3,000 rows").await;
    bench.until("chr0").await;
    bench.press("G");
    bench.until("2999").await;
    bench.press("g g l enter");
    bench.until("pos bigint").await;
    bench.press("esc s");
    bench.until("Save into s3://bench-analyst/results/").await;
    bench.press("ctrl-u");
    bench.paste("brca1\n");
    bench.press("enter");
    bench.until("Saved s3://bench-analyst/results/brca1.csv").await;
    let saved = bench.lake.head(&S3Uri::new("bench-analyst", "results/brca1.csv")).await.unwrap();
    assert!(saved.size > 30_000);
    let page = bench.lake.page(&S3Uri::new("bench-analyst", "results/"), true, None, 9).await;
    let keys: Vec<String> = page.unwrap().entries.iter().map(|e| e.key().to_owned()).collect();
    assert!(keys.iter().any(|key| key.contains("brca1") && key.ends_with(".json")), "{keys:?}");
    assert_eq!(std::fs::read_dir(bench.dir.path().join("state")).unwrap().count(), 0);
    bench.crew.dismiss().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_saved_as_parquet_opened_made_a_table_of_and_queried() {
    let mut bench = Bench::open().await;
    bench.table().await;
    // With a value that is asked for, which the second run has too.
    bench.run("SELECT chrom, pos FROM variants WHERE chrom = :chrom", "Values for").await;
    bench.paste("chr3");
    bench.press("enter");
    bench.until("137 rows").await;
    bench.press("s ctrl-u");
    bench.paste("third.parquet");
    bench.press("enter");
    bench.until("Saved s3://bench-analyst/results/third/").await;

    // The same name again is refused in the form.
    bench.press("s ctrl-u");
    bench.paste("third.json");
    bench.press("enter");
    bench.until("it is there already").await;
    bench.press("esc");

    bench.press("alt-r enter");
    bench.until("Make a table of the catalog?").await;
    bench.press("y");
    bench.until("default.third is a table of the catalog").await;
    bench.press("alt-b");
    bench.until("results/third").await;
    bench.press("3");
    bench.run("SELECT count(*) AS n, min(chrom) AS c FROM third", "1 row").await;
    bench.until("137").await;

    // A copy among others gets a folder of its own first.
    bench.press("s ctrl-u");
    bench.paste("counted.csv");
    bench.press("enter");
    bench.until("Saved s3://bench-analyst/results/counted.csv").await;
    bench.press("alt-r enter");
    bench.until("a folder of its own").await;
    bench.press("y");
    bench.until("default.counted is a table of the catalog").await;
    bench.run("SELECT n || '!' AS text FROM counted", "137!").await;
    bench.crew.dismiss().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_its_place_and_the_cursor_goes_there() {
    let mut bench = Bench::open().await;
    bench.press("3");
    bench.run("SELECT 1;\nSELECT *\n  FORM x", "FAILED").await;
    assert!(bench.screen().contains("line 2:"), "{}", bench.screen());
    bench.paste("#");
    assert!(bench.screen().contains("  #FORM x"), "{}", bench.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_a_query_stops_it_in_athena() {
    let mut bench = Bench::open().await;
    bench.table().await;
    let long = "SELECT count(*) FROM variants a, variants b, variants c, variants d \
                WHERE a.pos + b.pos + c.pos + d.pos = -1";
    bench.run(long, "RUNNING").await;
    bench.press("ctrl-x");
    bench.until("CANCELLED").await;
    // What the screen says is what the server says.
    let id = bench.execution();
    assert_eq!(bench.lake.query(&id).await.unwrap().state, QueryState::Cancelled);
    bench.run("SELECT count(*) AS left_over FROM variants", "SUCCEEDED").await;
    bench.until("3000").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_tab_asks_what_becomes_of_its_query() {
    let mut bench = Bench::open().await;
    bench.table().await;
    let long = "SELECT count(*) FROM variants a, variants b, variants c, variants d \
                WHERE a.pos + b.pos + c.pos + d.pos = -1";
    bench.run(long, "RUNNING").await;
    bench.until("ctrl-x stops the query").await;
    let id = bench.execution();
    bench.press("alt-w");
    assert!(bench.screen().contains("Close the tab? Its query is running"));
    bench.press("enter");
    assert!(bench.screen().contains("RUNNING"), "the first row changes nothing");
    // Left running: found in the tab when it is opened again.
    bench.press("alt-w down down enter");
    assert!(!bench.screen().contains("RUNNING"), "{}", bench.screen());
    assert_eq!(bench.lake.query(&id).await.unwrap().state, QueryState::Running);
    bench.press("alt-t enter");
    bench.until(&id).await;
    // Stopped: nobody looks at it any more, and it ends all the same.
    bench.press("alt-w down enter");
    bench.crew.dismiss().await;
    assert_eq!(bench.lake.query(&id).await.unwrap().state, QueryState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_there_after_a_crash() {
    let mut bench = Bench::open().await;
    bench.press("3");
    bench.settle().await;
    bench.paste("SELECT 'kept'");
    bench.press("ctrl-t");
    bench.paste("SELECT 'too'");
    bench.crew.dismiss().await;
    let drafts = bench.dir.path().join("data/drafts");
    let draft = std::fs::read_dir(&drafts).unwrap().next().unwrap().unwrap();
    let left: Drafts = serde_json::from_slice(&std::fs::read(draft.path()).unwrap()).unwrap();
    let texts: Vec<&str> = left.tabs.iter().map(|draft| &*draft.text).collect();
    assert_eq!((texts, left.current), (vec!["SELECT 'kept'", "SELECT 'too'"], 1));
}

#[tokio::test]
async fn a_panic_in_a_job_becomes_a_notice() {
    let mut bench = Bench::start(|_| panic!("the job broke\u{1b}[2J")).await;
    bench.until("A job broke off: the job broke␛[2J").await;
    // The rest goes on: keys are still answered.
    bench.press("?");
    assert!(bench.screen().contains("Keys"), "{}", bench.screen());
}
