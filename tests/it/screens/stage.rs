//! The app on a stage: keys and news in, a screen out; no lake behind it, the clock stopped.

use std::time::Instant;

use jiff::Timestamp;
use lakehand::model::drafts::Drafts;
use lakehand::model::identity::Session;
use lakehand::model::mode::Mode;
use lakehand::model::settings::Settings;
use lakehand::ui::app::{App, News as AppNews, Setup};
use lakehand::ui::keymap::{Key, Keymap};
use lakehand::ui::panes::sql;
use lakehand::ui::talk::{Effect, News, Who};
use lakehand::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The sizes of issue and design: enough, roomy, narrow, far too small.
pub const SIZES: [(u16, u16); 4] = [(80, 24), (200, 50), (40, 12), (20, 5)];

pub struct Stage {
    pub app: App,
    pub now: Instant,
    pub clock: Timestamp,
}

impl Stage {
    /// Before anything is known.
    pub fn new() -> Self {
        let now = Instant::now();
        let setup = Setup {
            title: "tre-lake".into(),
            keymap: Keymap::load(&toml::Table::new()).unwrap(),
            theme: Theme::named("default", false).unwrap(),
            config_file: "/home/ann/.config/lakehand/config.toml".into(),
        };
        let clock = "2026-11-21T18:00:00Z".parse().unwrap();
        Self { app: App::new(setup, now).0, now, clock }
    }

    /// A lake in AWS, of which everything is known.
    pub fn open() -> Self {
        let mut stage = Self::opened(Settings {
            region: Some("eu-west-2".into()),
            account_id: Some("111122223333".into()),
            ..Settings::aws("tre-lake")
        });
        stage.is("111122223333", "DataLakeManager");
        let expires = Some("2026-11-21T18:47:30Z".parse().unwrap());
        stage.hear(AppNews::Session(Session { expires }));
        stage
    }

    pub fn opened(settings: Settings) -> Self {
        let mut stage = Self::new();
        stage.hear(AppNews::Opened(Box::new(settings)));
        // No text of an earlier time.
        stage.hear(sql::News::Drafts(Ok(Drafts::default())));
        stage
    }

    pub fn is(&mut self, account: &'static str, role: &'static str) {
        let who = Who { account: account.into(), role: role.into(), arn: role.into() };
        self.hear(AppNews::Identity(Ok(who)));
    }

    pub fn read_only(mut self) -> Self {
        let mut settings = self.app.facts().settings.clone().unwrap();
        settings.mode = Mode::ReadOnly;
        self.hear(AppNews::Opened(Box::new(settings)));
        self
    }

    pub fn hear(&mut self, news: impl Into<News>) -> Vec<Effect> {
        self.app.hear(news.into(), self.now)
    }

    /// Keys as the keymap spells them, with spaces between.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
        keys.flat_map(|key| self.app.press(key, self.now)).collect()
    }

    pub fn type_text(&mut self, text: &str) -> Vec<Effect> {
        self.app.paste(text.into(), self.now)
    }

    /// The screen's text at one size.
    pub fn screen(&self, (width, height): (u16, u16)) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        self.app.draw(area, &mut buf, self.now, self.clock);
        text(&buf)
    }

    /// The same at all of them, each under its size.
    pub fn screens(&self) -> String {
        SIZES.map(|(w, h)| format!("--- {w}×{h}\n{}", self.screen((w, h)))).join("\n")
    }
}

/// The cells as lines; what a wide character covers is left out.
pub fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buf.area.width {
            let symbol = buf[(x, y)].symbol();
            line.push_str(symbol);
            x += (unicode_width::UnicodeWidthStr::width(symbol) as u16).max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
