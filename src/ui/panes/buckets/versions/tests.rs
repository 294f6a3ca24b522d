use std::time::Instant;

use super::super::rows::Row;
use super::super::talk::{Answer as PaneAnswer, Details, News as PaneNews};
use super::super::viewer::{self, Command as Viewing};
use super::super::{Command as PaneCommand, Job as PaneJob, acts};
use super::*;
use crate::model::mode::Mode;
use crate::model::settings::{RoleBucket, Settings};
use crate::model::trouble::{Kind as TroubleKind, Trouble};
use crate::model::version::What;
use crate::ui::command::Layer;
use crate::ui::modal::Ask;
use crate::ui::pane::Pane;
use crate::ui::stage;
use crate::ui::talk::{Answer as AnyAnswer, Facts, Job as AnyJob};

use super::VersionsCommand as Command;

struct Bench {
    pane: Buckets,
    facts: Facts,
}

fn version(key: &str, id: &str, time: &str, latest: bool, size: Option<u64>) -> Version {
    let object = |size| What::Object {
        size,
        etag: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
        class: Some("STANDARD".into()),
    };
    Version {
        key: key.into(),
        id: id.into(),
        modified: Some(format!("2026-11-20T{time}Z").parse().unwrap()),
        latest,
        what: size.map_or(What::Marker, object),
    }
}

/// Deleted once, and written twice before that.
fn history() -> Vec<Version> {
    vec![
        version("in/a.csv", "m3", "14:00:07", true, None),
        version("in/a.csv", "v2\u{1b}", "09:41:55", false, Some(13_002_342)),
        version("in/a.csv", "v1", "09:41:02", false, Some(812)),
    ]
}

impl Bench {
    /// With this row under the cursor.
    fn on(kind: Kind, tail: &str) -> Self {
        let facts = Facts { settings: Some(Settings::aws("tre")), ..Facts::default() };
        let mut bench = Self { pane: Buckets::default(), facts };
        bench.with(|pane, cx| pane.jump(S3Uri::new("b", "in/"), cx));
        let (generation, rows) = (bench.pane.listing.generation, vec![Row::new(kind, tail)].into());
        bench.with(|pane, cx| pane.hear(PaneNews::Rows { generation, rows, more: false }, cx));
        bench
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Buckets, &Cx<'_>) -> T) -> T {
        let cx = Cx { now: Instant::now(), facts: &self.facts };
        act(&mut self.pane, &cx)
    }

    fn obey(&mut self, command: Command) -> Vec<Effect> {
        self.with(|pane, cx| pane.obey_versions(command, cx))
    }

    fn open(&mut self) -> Job {
        let effects = self.with(|pane, cx| pane.obey(PaneCommand::Versions, cx));
        job(&effects)
    }

    fn hear(&mut self, news: News) {
        self.with(|pane, cx| pane.hear(PaneNews::Versions(news), cx));
    }

    fn step(&mut self, step: Move) -> Vec<Effect> {
        self.with(|pane, cx| pane.step(step, cx))
    }

    fn view(&self) -> &Versions {
        match &self.pane.over {
            Some(Over::Versions(view)) => view,
            other => panic!("{other:?}"),
        }
    }

    fn arrive(&mut self, versions: Vec<Version>, more: bool) {
        let generation = self.view().generation;
        self.hear(News::Versions { generation, versions, more });
    }

    /// All versions of `in/a.csv`.
    fn of_key() -> Self {
        let mut bench = Self::on(Kind::Object, "a.csv");
        bench.open();
        bench.arrive(history(), false);
        bench
    }

    /// What is deleted below `in/lane1/`.
    fn of_deleted() -> Self {
        let mut bench = Self::on(Kind::Folder, "lane1/");
        bench.open();
        let generation = bench.view().generation;
        let lost = |name: &str, ids: &[&str]| {
            let key = format!("in/lane1/{name}");
            let markers: Vec<Version> =
                ids.iter().map(|id| version(&key, id, "14:00:07", false, None)).collect();
            Deleted {
                markers: markers.iter().filter_map(Version::marker).collect(),
                at: markers[0].modified,
                below: version(&key, "v1", "09:41:02", false, Some(812)),
            }
        };
        let deleted =
            vec![lost("x", &["m1"]), lost("evil\u{1b}[2J", &["m2", "m3"]), lost("z", &["m4"])];
        bench.hear(News::Deleted { generation, deleted, seen: 48_000, more: false });
        bench
    }

    fn screen(&self, width: u16, height: u16) -> String {
        let (clock, now) = ("2026-11-21T18:00:00Z", Instant::now());
        stage::screen_of(&self.pane, (width, height), clock, &self.facts, now)
    }
}

fn pane_job(effects: &[Effect]) -> PaneJob {
    let mut jobs = effects.iter().filter_map(|effect| match effect {
        Effect::Start(_, AnyJob::Buckets(job)) => Some(job.clone()),
        _ => None,
    });
    jobs.next().unwrap_or_else(|| panic!("no job in {effects:?}"))
}

fn job(effects: &[Effect]) -> Job {
    match pane_job(effects) {
        PaneJob::Versions(job) => job,
        other => panic!("{other:?}"),
    }
}

/// What is done where the dialog is answered with yes.
fn confirmed(effects: &[Effect]) -> (PaneJob, Option<u64>) {
    let [Effect::Ask(Ask::Confirm(confirm))] = effects else { panic!("{effects:?}") };
    (pane_job(&confirm.then), confirm.count)
}

fn is_said(effects: &[Effect], words: &str) -> bool {
    matches!(effects, [Effect::Tell(notice)] if notice.text.as_str().contains(words))
}

fn ids(job: &PaneJob) -> Vec<String> {
    let PaneJob::Undelete { markers, bucket, .. } = job else { panic!("{job:?}") };
    assert_eq!(bucket, "b");
    markers.iter().map(|marker| marker.id().to_owned()).collect()
}

#[test]
fn an_object_has_its_versions_and_a_folder_what_is_deleted_in_it() {
    let mut bench = Bench::on(Kind::Object, "a.csv");
    assert!(matches!(bench.open(), Job::Look { uri, .. } if uri.key == "in/a.csv"));
    let mut bench = Bench::on(Kind::Folder, "lane1/");
    assert!(matches!(bench.open(), Job::Deleted { prefix, .. } if prefix.key == "in/lane1/"));
    // Where everything is deleted there is no row to put the cursor on.
    let mut bench = Bench::on(Kind::Object, "a.csv");
    bench.with(|pane, cx| pane.jump(S3Uri::new("b", "gone/"), cx));
    assert!(matches!(bench.open(), Job::Deleted { prefix, .. } if prefix.key == "gone/"));
}

#[test]
fn a_long_history_streams_in_and_late_news_is_dropped() {
    let mut bench = Bench::on(Kind::Object, "a.csv");
    bench.open();
    assert!(bench.pane.busy());
    bench.arrive(history(), true);
    assert!(bench.screen(80, 10).contains("2 versions, 1 delete marker, 12.4 MiB…"));
    bench.arrive(vec![version("in/a.csv", "v0", "08:00:00", false, Some(1))], false);
    assert!(!bench.pane.busy());
    bench.step(Move::Bottom);
    let old = bench.view().generation;
    bench.obey(Command::Refresh);
    bench.hear(News::Versions { generation: old, versions: history(), more: false });
    assert_eq!(bench.view().of.len(), 0);
    bench.arrive(history(), true);
    bench.arrive(vec![version("in/a.csv", "v0", "08:00:00", false, Some(1))], false);
    assert_eq!(bench.view().scroll.cursor, 3, "the cursor is back on its line");
}

#[test]
fn a_version_is_looked_into_linked_fetched_and_restored_by_its_id() {
    let mut bench = Bench::of_key();
    assert!(is_said(&bench.obey(Command::Open), "no content"), "a delete marker");
    assert!(is_said(&bench.obey(Command::Restore), "no content"));
    bench.step(Move::Down);
    let which = Which { uri: S3Uri::new("b", "in/a.csv"), id: "v2\u{1b}".into() };
    let effects = bench.obey(Command::Open);
    let PaneJob::Viewer(viewer::Job::Open { object, .. }) = pane_job(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!(object, which.clone().object());
    assert_eq!(bench.pane.layers()[0], Layer::Preview);
    assert!(!bench.screen(80, 20).contains("2 versions"), "it has the whole of a small screen");
    assert!(bench.screen(200, 20).contains("2 versions"));
    // From the viewer it is the version, too, that is fetched.
    let effects = bench.with(|pane, cx| pane.obey_viewer(Viewing::Download, cx));
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let wanted = PaneAnswer::Versions(Answer::Download(which.clone()));
    assert_eq!(prompt.to, AnyAnswer::Buckets(wanted));
    bench.with(|pane, cx| pane.escape(cx));
    assert_eq!(bench.view().of.len(), 3, "only the viewer is closed");

    let effects = bench.obey(Command::Link);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let lasting = PaneAnswer::Acts(acts::Answer::Lasting(which.clone().object()));
    assert_eq!(prompt.to, AnyAnswer::Buckets(lasting.clone()));
    let effects = bench.with(|pane, cx| pane.answer(lasting, "1h".into(), cx));
    let (link, _) = confirmed(&effects);
    let PaneJob::Acts(acts::Job::Link { object, .. }) = link else { panic!("{link:?}") };
    assert_eq!(object, which.clone().object());

    let effects = bench.obey(Command::Download);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let AnyAnswer::Buckets(answer) = prompt.to.clone() else { panic!() };
    let effects = bench.with(|pane, cx| pane.answer(answer, "/data".into(), cx));
    assert_eq!(job(&effects), Job::Download { which: which.clone(), folder: "/data".into() });

    let (restore, count) = confirmed(&bench.obey(Command::Restore));
    assert_eq!(restore, PaneJob::Versions(Job::Restore { which, approval: None }));
    assert_eq!(count, None);
}

#[test]
fn what_leaves_by_the_target_bucket_needs_a_reference_and_downloads_may_be_off() {
    let mut bench = Bench::of_key();
    bench.step(Move::Down);
    let settings = bench.facts.settings.as_mut().unwrap();
    settings.downloads = false;
    let role = crate::model::object::Role::Target;
    settings.buckets =
        vec![RoleBucket { role, name: "b".into(), kms_key: None, prefix: String::new() }];
    assert!(is_said(&bench.obey(Command::Download), "downloads = false"));
    let effects = bench.obey(Command::Restore);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let AnyAnswer::Buckets(PaneAnswer::Versions(answer)) = prompt.to.clone() else { panic!() };
    let mut answered = |text: &str| {
        let answer = PaneAnswer::Versions(answer.clone());
        bench.with(|pane, cx| pane.answer(answer, text.into(), cx))
    };
    assert!(is_said(&answered(" "), "without a reference"));
    let (restore, _) = confirmed(&answered("IG-17"));
    assert!(
        matches!(restore, PaneJob::Versions(Job::Restore { approval: Some(reference), .. }) if reference == "IG-17")
    );
}

#[test]
fn the_latest_is_not_restored_and_versions_go_for_ever_in_admin_mode_only() {
    let mut bench = Bench::on(Kind::Object, "a.csv");
    bench.open();
    bench.arrive(vec![version("in/a.csv", "v1", "09:41:02", true, Some(812))], false);
    assert!(is_said(&bench.obey(Command::Restore), "latest version already"));
    assert!(is_said(&bench.obey(Command::Undelete), "not deleted"));
    assert!(is_said(&bench.obey(Command::Delete), "admin mode only"));
    bench.facts.settings.as_mut().unwrap().mode = Mode::Admin;
    let (deleted, _) = confirmed(&bench.obey(Command::Delete));
    let which = Which { uri: S3Uri::new("b", "in/a.csv"), id: "v1".into() };
    assert_eq!(deleted, PaneJob::Versions(Job::Delete { which }));
}

#[test]
fn removing_the_marker_is_what_brings_an_object_back() {
    let mut bench = Bench::of_key();
    assert_eq!(ids(&confirmed(&bench.obey(Command::Delete)).0), ["m3"]);
    bench.step(Move::Bottom);
    let (undelete, count) = confirmed(&bench.obey(Command::Undelete));
    assert_eq!((ids(&undelete), count), (vec!["m3".into()], None), "wherever the cursor is");
}

#[test]
fn deleted_objects_are_marked_and_brought_back_by_their_count() {
    let mut bench = Bench::of_deleted();
    let (one, count) = confirmed(&bench.obey(Command::Undelete));
    assert_eq!((ids(&one), count), (vec!["m1".into()], None));
    bench.obey(Command::Mark);
    bench.obey(Command::Mark);
    let (two, count) = confirmed(&bench.obey(Command::Undelete));
    assert_eq!((ids(&two), count), (vec!["m1".into(), "m2".into(), "m3".into()], Some(2)));
    bench.obey(Command::MarkAll);
    assert_eq!(confirmed(&bench.obey(Command::Undelete)).1, Some(3));
    assert!(is_said(&bench.obey(Command::Delete), "open it"));
    assert_eq!(bench.with(|pane, cx| pane.escape(cx)), Some(Vec::new()));
    assert_eq!(bench.view().of.len(), 3, "the marks are gone first");
}

#[test]
fn a_deleted_objects_versions_lead_back_to_the_list() {
    let mut bench = Bench::of_deleted();
    bench.step(Move::Down);
    let effects = bench.obey(Command::Open);
    assert!(matches!(job(&effects), Job::Look { uri, .. } if uri.key == "in/lane1/evil\u{1b}[2J"));
    let inner = bench.view().generation;
    let effects = bench.with(|pane, cx| pane.escape(cx)).unwrap();
    assert!(matches!(job(&effects), Job::Deleted { .. }), "it is looked at anew");
    assert!(bench.view().generation > inner);
    bench.with(|pane, cx| pane.escape(cx));
    assert_eq!(bench.pane.over, None);
}

#[test]
fn the_view_is_looked_at_anew_when_something_below_it_changes() {
    let mut bench = Bench::of_key();
    let changed = |under| PaneNews::Changed { under };
    let mut looks = |under| {
        let effects = bench.with(|pane, cx| pane.hear(changed(under), cx));
        effects.iter().any(|effect| {
            matches!(effect, Effect::Start(_, AnyJob::Buckets(PaneJob::Versions(Job::Look { .. }))))
        })
    };
    assert!(looks(S3Uri::new("b", "in/")));
    assert!(!looks(S3Uri::new("b", "out/")));
    assert!(!looks(S3Uri::new("other", "in/")));
}

#[test]
fn details_follow_the_cursor_and_a_marker_is_asked_nothing() {
    let mut bench = Bench::of_key();
    let effects = bench.obey(Command::Details);
    assert_eq!(effects, [Effect::stop(Slot::Version)]);
    assert!(bench.screen(80, 24).contains("a delete marker: the object is deleted"));
    let effects = bench.step(Move::Down);
    let Job::Details { which } = job(&effects) else { panic!("{effects:?}") };
    let details = Details { lines: vec![("encryption", "aws:kms".into())] };
    bench.hear(News::Details { which, result: Ok(details) });
    assert!(bench.screen(80, 24).contains("aws:kms"));
}

#[test]
fn screens() {
    let mut bench = Bench::on(Kind::Object, "a.csv");
    bench.open();
    insta::assert_snapshot!("loading_80x10", bench.screen(80, 10));
    let trouble = Trouble::new(TroubleKind::Denied, "list the versions of s3://b/in/a.csv", "no")
        .hint("ask for s3:ListBucketVersions on the bucket");
    let (generation, failure) = (bench.view().generation, Failure::from(&trouble));
    bench.hear(News::Broken { generation, failure });
    insta::assert_snapshot!("broken_80x10", bench.screen(80, 10));
    bench.obey(Command::Refresh);
    bench.arrive(Vec::new(), false);
    insta::assert_snapshot!("none_80x10", bench.screen(80, 10));

    let mut bench = Bench::of_key();
    for (width, height) in [(80, 24), (200, 50), (40, 12), (20, 5)] {
        insta::assert_snapshot!(format!("versions_{width}x{height}"), bench.screen(width, height));
    }
    bench.obey(Command::Details);
    insta::assert_snapshot!("marker_200x12", bench.screen(200, 12));

    let mut bench = Bench::of_deleted();
    bench.obey(Command::Mark);
    for (width, height) in [(80, 24), (200, 50), (40, 12), (20, 5)] {
        insta::assert_snapshot!(format!("deleted_{width}x{height}"), bench.screen(width, height));
    }
    let generation = {
        bench.obey(Command::Refresh);
        bench.view().generation
    };
    bench.hear(News::Deleted { generation, deleted: Vec::new(), seen: 9, more: false });
    insta::assert_snapshot!("nothing_deleted_80x10", bench.screen(80, 10));
}
