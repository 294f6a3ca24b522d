//! The tags form, the list of places, and what is worked on below the list.

use insta::assert_snapshot;
use lakehand::model::tags::Tags;
use lakehand::model::uri::S3Uri;
use lakehand::ui::panes::buckets::acts::{Job, Link, News, Place, Work};
use lakehand::ui::panes::buckets::{self, Kind, Row};
use lakehand::ui::talk::{Effect, Job as AnyJob, Level};

use super::stage::Stage;

const BUCKET: &str = "tredatalake1-tresourcebucket-1a2b";

/// The cursor is on `a.csv`, in `in/`.
fn inside() -> Stage {
    let mut stage = Stage::open();
    stage.press(":");
    stage.type_text(&format!("s3 {BUCKET}/in/"));
    stage.press("enter");
    let rows = ["a.csv", "b.csv"].map(|name| Row::new(Kind::Object, name));
    stage.hear(buckets::News::Rows {
        generation: 2,
        rows: rows.into_iter().collect(),
        more: false,
    });
    stage
}

fn hear(stage: &mut Stage, news: News) -> Vec<Effect> {
    stage.hear(buckets::News::Acts(news))
}

fn jobs(effects: &[Effect]) -> Vec<&Job> {
    let job = |effect| match effect {
        &Effect::Start(_, AnyJob::Buckets(buckets::Job::Acts(ref job))) => Some(job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn object() -> S3Uri {
    S3Uri::new(BUCKET, "in/a.csv")
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn form(pairs: &[(&str, &str)]) -> Stage {
    let mut stage = inside();
    stage.press("t");
    hear(&mut stage, News::Tags { uri: object(), result: Ok(tags(pairs)) });
    stage
}

#[test]
fn tags_form() {
    let mut stage = form(&[("project", "tre-17"), ("evil\u{1b}[2J", "two\nlines")]);
    stage.press("down down");
    stage.type_text("ö");
    assert_snapshot!(stage.screens());
}

#[test]
fn tags_that_s3_would_refuse_are_not_sent() {
    let mut stage = form(&[("project", "tre-17")]);
    stage.press("down");
    stage.type_text("project");
    assert_eq!(jobs(&stage.press("ctrl-j")), [] as [&Job; 0]);
    assert!(stage.screen((80, 24)).contains("The key project is there twice"));
    stage.press("ctrl-u");
    stage.type_text("a*");
    assert_eq!(jobs(&stage.press("ctrl-j")), [] as [&Job; 0]);
    assert!(stage.screen((80, 24)).contains("'*' is not allowed"));
    stage.press("ctrl-x");
    assert_eq!(jobs(&stage.press("ctrl-j")), [] as [&Job; 0], "they are as they were");
    assert!(!stage.screen((80, 24)).contains("Tags of"));
}

#[test]
fn tags_are_sent_with_what_they_were() {
    let was = tags(&[("a", "1"), ("b", "2")]);
    let mut stage = form(&[("a", "1"), ("b", "2")]);
    stage.press("ctrl-x tab");
    stage.type_text("0");
    let sent = stage.press("ctrl-j");
    let now = tags(&[("b", "20")]);
    assert_eq!(jobs(&sent), [&Job::SaveTags { uri: object(), was, now }]);
}

#[test]
fn places() {
    let mut stage = inside();
    stage.press("b");
    let place = |key: &str, bookmark| Place { uri: S3Uri::new(BUCKET, key), bookmark };
    let long = format!("{}/", "very-long-name".repeat(12));
    let all = vec![place("variants/", true), place("in/\u{202e}gnp/", false), place(&long, false)];
    hear(&mut stage, News::Places(Ok(all)));
    stage.press("down");
    assert_snapshot!(stage.screens());
    stage.type_text("variants");
    let there = stage.press("enter");
    let listed = |effect: &Effect| {
        let at = S3Uri::new(BUCKET, "variants/");
        matches!(effect, Effect::Start(_, AnyJob::Buckets(buckets::Job::List { at: a, .. })) if *a == at)
    };
    assert!(there.iter().any(listed), "{there:?}");
}

#[test]
fn no_places_yet() {
    let mut stage = inside();
    stage.press("b");
    hear(&mut stage, News::Places(Ok(Vec::new())));
    assert_snapshot!(stage.screens());
}

#[test]
fn what_is_worked_on_is_shown_and_stopped() {
    let mut stage = inside();
    let work = Work::Compare { path: "/data/a.csv".into(), uri: object() };
    let what = "a.csv and /data/a.csv".into();
    let begun = hear(&mut stage, News::Begin { what, work: work.clone() });
    assert_eq!(jobs(&begun), [&Job::Errand { id: 1, work: work.clone() }]);
    hear(&mut stage, News::Going { errand: 1, done: 1 << 30, total: 3 << 30 });
    assert_snapshot!(stage.screens());
    let second = hear(&mut stage, News::Begin { what: "x".into(), work });
    assert_eq!(jobs(&second), [] as [&Job; 0], "one thing after the other");
    let stopped = stage.press("esc");
    assert!(matches!(&stopped[..], [Effect::Stop(_)]), "{stopped:?}");
    let late = News::Over { errand: 1, level: Level::Info, said: "same".into(), touched: None };
    assert_eq!(hear(&mut stage, late), []);
}

#[test]
fn a_link_is_asked_for_and_shown_once() {
    let mut stage = inside();
    stage.press("L ctrl-u");
    stage.type_text("8d");
    stage.press("enter");
    assert!(stage.screen((80, 24)).contains("seven days at most"));
    stage.press("L enter");
    assert_snapshot!(stage.screen((80, 24)));
    assert!(matches!(jobs(&stage.press("y"))[..], [Job::Link { .. }]));
    let link = Link { url: "https://x/?X-Amz-Signature=1".into(), until: "2026".into() };
    let copied = hear(&mut stage, News::Linked(link));
    assert!(matches!(&copied[..], [Effect::Copy(_)]), "{copied:?}");
    assert!(stage.screen((80, 24)).contains("X-Amz-Signature"));
    stage.press("esc !");
    assert!(!stage.screen((80, 24)).contains("X-Amz-Signature"), "no notice keeps it");
}
