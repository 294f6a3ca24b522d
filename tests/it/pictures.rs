//! The workbench without a terminal, over a demo lake: real jobs, real answers, and the
//! screen as a buffer. The pictures of the README come out of it:
//!
//! ```text
//! cargo test --test it pictures -- --ignored
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lakehand::lake::{Lake, Seam, witness};
use lakehand::local::{LocalLake, demo};
use lakehand::model::shown::Shown;
use lakehand::ui::app::{App, Setup};
use lakehand::ui::keymap::{Key, Keymap};
use lakehand::ui::picture;
use lakehand::ui::talk::{Effect, News};
use lakehand::ui::theme::Theme;
use lakehand::work::{Crew, Desk, Opener};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use crate::screens::stage::text;

const SIZE: (u16, u16) = (100, 30);

/// How long a screen may take to show what is awaited.
const PATIENCE: Duration = Duration::from_secs(60);

struct Live {
    app: App,
    crew: Crew,
    news: mpsc::Receiver<News>,
    /// What was asked of a terminal.
    outside: Vec<Effect>,
    folder: tempfile::TempDir,
}

impl Live {
    async fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            title: "demo".into(),
            keymap: Keymap::load(&toml::Table::new()).unwrap(),
            theme: Theme::named("default", false).unwrap(),
            config_file: Shown::of("config.toml"),
        };
        let (app, effects) = App::new(setup, Instant::now());
        let home = folder.path().to_owned();
        let desk = Desk {
            data_dir: home.join("data"),
            state_dir: home.join("state"),
            anchor: Arc::new(|| Box::pin(async { None })),
        };
        let (crew, news) = Crew::new(opener(home.join("lake")), desk);
        let mut live = Self { app, crew, news, outside: Vec::new(), folder };
        live.carry_out(effects);
        live
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.outside.extend(self.crew.carry_out(effect));
        }
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let effects = self.app.press(key.parse::<Key>().unwrap(), Instant::now());
            self.carry_out(effects);
        }
    }

    fn type_text(&mut self, text: &str) {
        let effects = self.app.paste(text.to_owned(), Instant::now());
        self.carry_out(effects);
    }

    fn buffer(&self) -> Buffer {
        let area = Rect::new(0, 0, SIZE.0, SIZE.1);
        let mut buf = Buffer::empty(area);
        self.app.draw(area, &mut buf, Instant::now(), Timestamp::now());
        buf
    }

    /// Hears news until the screen shows `awaited`.
    async fn wait(&mut self, awaited: &str) {
        self.wait_until(awaited, |screen| screen.contains(awaited)).await;
    }

    async fn wait_until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = text(&self.buffer());
            if holds(&screen) {
                return;
            }
            assert!(Instant::now() < deadline, "waited for {what:?}; there is\n{screen}");
            let (now, clock) = (Instant::now(), Timestamp::now());
            let next = tokio::time::timeout(Duration::from_millis(250), self.news.recv());
            let effects = match next.await {
                Ok(Some(news)) => self.app.hear(news, now),
                _ => self.app.tick(now, clock),
            };
            self.carry_out(effects);
        }
    }
}

/// The demo lake in this folder.
fn opener(dir: PathBuf) -> Opener {
    Arc::new(move |_| {
        let dir = dir.clone();
        Box::pin(async move { Ok(Some(lake(&dir).await)) })
    })
}

async fn lake(dir: &Path) -> Lake {
    let folder = dir.to_owned();
    let local = tokio::task::spawn_blocking(move || LocalLake::open(&folder).unwrap());
    let local = local.await.unwrap();
    local.fill_demo().await.unwrap();
    let (access_key, secret_key) = local.sign_as(None).unwrap();
    let seam = Seam { http: local.connector(), access_key, secret_key };
    Lake::open(demo::settings(dir), Some(seam), witness::nobody())
}

/// Uploads a file, sees it arrive with its encryption, reads and deletes it: from keys to the
/// objects of a real store and back to the screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_up_and_away_again() {
    let mut live = Live::demo().await;
    live.wait("tresourcebucket").await;
    live.press("enter");
    live.wait("clinvar/").await;
    let file = live.folder.path().join("zz-\u{202e}note.txt");
    std::fs::write(&file, "hello lake\n").unwrap();
    live.press("u");
    live.type_text(&file.display().to_string());
    live.press("enter");
    live.wait("zz-<U+202E>note.txt").await;
    live.press("G i");
    live.wait("aws:kms").await;
    live.press("p");
    live.wait("hello lake").await;
    live.press("esc D");
    live.wait("Delete?").await;
    live.press("y");
    live.wait("Deleted 1 object").await;
    live.wait_until("the file to go", |screen| !screen.contains("zz-")).await;
}

#[ignore = "writes assets/*.svg"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures() {
    let mut live = Live::demo().await;
    live.wait("tresourcebucket").await;
    live.press("enter");
    live.wait("variants/").await;
    live.press("j j j j enter");
    live.wait("DEMO0001/").await;
    live.press("enter");
    live.wait("vcf").await;
    live.press("i G");
    live.wait("KMS key").await;
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/buckets.svg");
    std::fs::write(at, picture::svg(&live.buffer())).unwrap();
}
