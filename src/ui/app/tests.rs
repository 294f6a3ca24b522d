use super::*;
use crate::model::identity::Session;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};
use crate::ui::talk::{News as AnyNews, Quit, Who};

struct Bench {
    app: App,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let setup = Setup {
            title: "tre".into(),
            keymap: Keymap::load(&toml::Table::new()).unwrap(),
            theme: Theme::default(),
            config_file: "config.toml".into(),
        };
        let now = Instant::now();
        Self { app: App::new(setup, now).0, now }
    }

    fn open() -> Self {
        let mut bench = Self::new();
        bench.hear(News::Opened(Box::new(Settings::aws("tre"))));
        bench
    }

    fn hear(&mut self, news: impl Into<AnyNews>) -> Vec<Effect> {
        self.app.hear(news.into(), self.now)
    }

    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
        keys.flat_map(|key| self.app.press(key, self.now)).collect()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn the_lake_is_opened_behind_the_first_screen() {
    let setup = Bench::new().app.setup;
    let (app, effects) = App::new(setup, Instant::now());
    assert_eq!(effects, [Effect::start(Slot::Open, Job::Open(Which::Asked))]);
    assert!(app.is_busy());
}

#[test]
fn nothing_happens_by_itself_when_nothing_is_under_way() {
    let mut bench = Bench::open();
    let generation = 1;
    let rows: Vec<crate::ui::panes::buckets::Row<'_>> = Vec::new();
    let rows = rows.into();
    bench.hear(crate::ui::panes::buckets::News::Rows { generation, rows, more: false });
    bench.hear(crate::ui::panes::sql::News::Drafts(Ok(Default::default())));
    assert_eq!(bench.app.wake(bench.now, at(0)), None);
    // A session that ends is said by the minute, and by nothing else.
    bench.hear(News::Session(Session { expires: Some(at(3_630)) }));
    let wake = bench.app.wake(bench.now, at(0)).unwrap();
    assert!(wake > bench.now + std::time::Duration::from_secs(29));
}

#[test]
fn without_a_lake_enter_opens_the_demo() {
    let mut bench = Bench::new();
    bench.hear(News::Nowhere);
    assert_eq!(bench.press("enter"), [Effect::start(Slot::Open, Job::Open(Which::Demo))]);
    assert_eq!(bench.press("enter"), [], "it is being opened");
}

#[test]
fn a_lake_that_cannot_be_opened_is_tried_again() {
    let mut bench = Bench::new();
    let failure = Trouble::new(Kind::Expired, "open tre", "the session has ended").into();
    bench.hear(News::NotOpened(failure));
    assert_eq!(bench.press("r"), [Effect::start(Slot::Open, Job::Open(Which::Asked))]);
}

#[test]
fn chords_wait_and_are_forgotten_when_they_lead_nowhere() {
    let mut bench = Bench::open();
    bench.press("g");
    assert_eq!(bench.app.pending.len(), 1);
    bench.press("?");
    assert!(bench.app.pending.is_empty() && bench.app.is_asking(), "? counts by itself");
    bench.press("esc");
    assert!(!bench.app.is_asking());
}

#[test]
fn dialogs_come_before_the_pane_and_ctrl_c_before_all() {
    let mut bench = Bench::open();
    bench.press(":");
    assert_eq!(bench.press("q"), [], "it is typed into the palette");
    assert_eq!(bench.press("ctrl-c"), [Effect::Quit(Quit::Interrupted)]);
}

#[test]
fn the_palette_does_what_it_names() {
    let mut bench = Bench::open();
    bench.press(": q u i t");
    assert_eq!(bench.press("enter"), [Effect::Quit(Quit::Done)]);
}

#[test]
fn a_paste_into_the_list_does_nothing() {
    let mut bench = Bench::open();
    assert_eq!(bench.app.paste("q\nDy".into(), bench.now), []);
    assert!(!bench.app.is_asking());
}

#[test]
fn another_account_is_told_loudly() {
    let mut bench = Bench::open();
    if let Some(settings) = &mut bench.app.facts.settings {
        settings.account_id = Some("111122223333".into());
    }
    let who = Who { account: "999988887777".into(), role: "R".into(), arn: "arn".into() };
    assert_eq!(bench.hear(News::Identity(Ok(who))), [Effect::Bell]);
    assert!(bench.app.facts.is_wrong_account());
    assert!(bench.app.notices.current().is_some());
}

#[test]
fn a_broken_job_is_a_notice_and_the_screen_goes_on() {
    let mut bench = Bench::open();
    bench.hear(News::Panicked("index out of bounds".into()));
    bench.press("!");
    assert!(bench.app.is_asking(), "the history is there to be read");
    bench.press("esc");
    assert_eq!(bench.press("q"), [Effect::Quit(Quit::Done)]);
}

#[test]
fn credentials_near_their_end_are_asked_for_once_a_minute() {
    let mut bench = Bench::open();
    bench.hear(News::Session(Session { expires: Some(at(1_060)) }));
    let later = bench.now + std::time::Duration::from_secs(61);
    assert_eq!(bench.app.tick(later, at(1_000)), [Effect::start(Slot::Session, Job::Session)]);
    assert_eq!(bench.app.tick(later, at(1_001)), []);
}

#[test]
fn the_footer_names_keys_that_work_where_text_is_typed() {
    let mut bench = Bench::open();
    let footer = |bench: &mut Bench| -> String {
        let area = ratatui::layout::Rect::new(0, 0, 80, 24);
        let mut buf = ratatui::buffer::Buffer::empty(area);
        bench.app.draw(area, &mut buf, bench.now, at(0));
        (0..80).map(|x| buf[(x, 23)].symbol()).collect()
    };
    assert!(footer(&mut bench).ends_with("? help  q quit "));
    bench.press("3");
    let typing = footer(&mut bench);
    assert!(typing.ends_with("  f1 help "), "{typing}");
    bench.press("esc");
    assert!(footer(&mut bench).ends_with("? help  q quit "));
}

#[test]
fn any_size_draws_without_harm() {
    let mut bench = Bench::open();
    for keys in ["", ":", "esc ?", "esc !"] {
        bench.press(keys);
        for (width, height) in [(1, 1), (20, 5), (39, 10), (40, 10), (40, 12), (80, 24), (300, 90)]
        {
            let area = ratatui::layout::Rect::new(0, 0, width, height);
            let mut buf = ratatui::buffer::Buffer::empty(area);
            bench.app.draw(area, &mut buf, bench.now, at(0));
        }
    }
}
