//! The app without a terminal and without a lake: keys and news in, a buffer out.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lakehand::model::keys::Keys;
use lakehand::model::settings::Settings;
use lakehand::ui::app::{App, News as AppNews, Setup};
use lakehand::ui::keymap::Keymap;
use lakehand::ui::panes::buckets::{Job, Kind, News, Row, Rows};
use lakehand::ui::talk::{Effect, Job as AnyJob};
use lakehand::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::row;
use super::terminal::memory;

const KEYS: u64 = 1_000_000;
const PAGE: u64 = 1_000;
const PLACE: &str = "data/2026/";
const SCREEN: Rect = Rect { x: 0, y: 0, width: 200, height: 50 };

struct Desk {
    app: App,
    /// What the terminal shows.
    seen: Buffer,
}

pub fn measure() {
    let (before, _) = memory("self");
    let mut desk = Desk::with_a_million();
    let (after, _) = memory("self");
    let bytes = (after - before) * 1024.0 * 1024.0 / KEYS as f64;
    println!("{KEYS} keys: {bytes:.0} bytes of memory for each\n");
    println!("{:<44} {:>9} {:>9} {:>9}", "", "p50", "p99", "most");

    let mut frames = Vec::new();
    let mut lines = 17_u64;
    for _ in 0..3_000 {
        lines =
            lines.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = ["down", "pagedown", "pageup", "G", "up", "space", "pagedown", "g"]
            [(lines >> 61) as usize];
        desk.press(key);
        frames.push(desk.draw());
    }
    row("a frame, 200×50", &mut frames);
    desk.press("esc g g");

    for sort in ["by size", "by time"] {
        let press = Instant::now();
        let effects = desk.press("o");
        let mut asked = vec![press.elapsed()];
        row(&format!("the key that sorts {sort}"), &mut asked);
        let mut sorted = vec![desk.work(effects, press).1];
        row(&format!("sorted {sort}, to the frame"), &mut sorted);
    }
    // Filters are the dearest where the order is not that of the names.
    for text in ["vcf.gz", "s17", "123", "9999", "zq"] {
        filter(&mut desk, text, "sorted by time");
    }
    let press = Instant::now();
    let effects = desk.press("o");
    desk.work(effects, press);
    for text in ["vcf.gz", "s17", "123", "9999", "zq"] {
        filter(&mut desk, text, "sorted by name");
    }
}

/// Types it, character by character.
fn filter(desk: &mut Desk, text: &str, how: &str) {
    desk.press("/");
    let (mut plain, mut all) = (Vec::new(), Vec::new());
    for char in text.chars() {
        let press = Instant::now();
        let effects = desk.press(&char.to_string());
        let (first, last) = desk.work(effects, press);
        plain.push(first);
        all.push(last);
    }
    row(&format!("/{text}, what contains it, {how}"), &mut plain);
    row(&format!("/{text}, and what is like it"), &mut all);
    let press = Instant::now();
    let effects = desk.press("esc");
    desk.work(effects, press);
}

impl Desk {
    fn with_a_million() -> Self {
        let setup = Setup {
            title: "bench".into(),
            keymap: Keymap::load(&Default::default()).expect("the keymap"),
            theme: Theme::named("default", false).expect("a theme"),
            config_file: "config.toml".into(),
        };
        let (app, _) = App::new(setup, Instant::now());
        let mut desk = Self { app, seen: Buffer::empty(SCREEN) };
        desk.hear(AppNews::Opened(Box::new(Settings::aws("bench"))).into());
        let bucket = [Row::new(Kind::Bucket(None), "bench")].into_iter().collect();
        desk.hear(News::Rows { generation: 1, rows: bucket, more: false }.into());
        desk.press("enter");
        for page in 0..KEYS / PAGE {
            let rows = Rows::of_level(keys(page * PAGE..(page + 1) * PAGE), PLACE);
            desk.hear(News::Rows { generation: 2, rows, more: page + 1 < KEYS / PAGE }.into());
        }
        desk
    }

    fn hear(&mut self, news: lakehand::ui::talk::News) {
        let effects = self.app.hear(news, Instant::now());
        assert!(!effects.iter().any(arranges), "nothing is left to arrange");
    }

    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys = keys.split_whitespace().map(|key| key.parse().expect("a key"));
        keys.flat_map(|key| self.app.press(key, Instant::now())).collect()
    }

    /// Does what was asked for; tells how long after `press` the first of it was drawn, and all.
    fn work(&mut self, effects: Vec<Effect>, press: Instant) -> (Duration, Duration) {
        let job = effects.into_iter().find(arranges);
        let Some(Effect::Start(
            _,
            AnyJob::Buckets(Job::Arrange { from, pages, sort, filter, generation }),
        )) = job
        else {
            panic!("it was not asked for");
        };
        let mut first = None;
        let early = |arrangement| {
            let told = Instant::now();
            self.hear(News::Arranged { generation, arrangement, done: false }.into());
            self.draw();
            first = Some((press.elapsed(), told.elapsed()));
        };
        let arrangement =
            from.next(&pages, sort, &filter, &|| false, early).expect("nobody stops it");
        self.hear(News::Arranged { generation, arrangement, done: true }.into());
        self.draw();
        let last = press.elapsed();
        // The first frame is drawn beside the work that goes on.
        first.map_or((last, last), |(first, drawn)| (first, last - drawn))
    }

    /// As the terminal does: a new screen, and what of it is another.
    fn draw(&mut self) -> Duration {
        let start = Instant::now();
        let mut buf = Buffer::empty(SCREEN);
        self.app.draw(SCREEN, &mut buf, start, Timestamp::UNIX_EPOCH);
        let changed = self.seen.diff(&buf).len();
        let took = start.elapsed();
        std::hint::black_box(changed);
        self.seen = buf;
        took
    }
}

fn arranges(effect: &Effect) -> bool {
    matches!(effect, Effect::Start(_, AnyJob::Buckets(Job::Arrange { .. })))
}

fn keys(numbers: std::ops::Range<u64>) -> Keys {
    let mut keys = Keys::default();
    for number in numbers {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let name = format!("{PLACE}sample-{number:07}.vcf.gz");
        let etag = format!("{mixed:016x}{number:016x}");
        let at = 1_700_000_000 + (mixed >> 40) as i64;
        keys.push(&name, mixed >> 30, Some(at), Some(&etag), Some("STANDARD"));
    }
    keys
}
