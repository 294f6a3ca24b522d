use std::time::Instant;

use super::super::command::StraysCommand as Command;
use super::super::talk::{Answer as PaneAnswer, Job as PaneJob, News as PaneNews, Slot};
use super::super::{Command as QueueCommand, Over, Transfers};
use super::*;
use crate::model::settings::{RoleBucket, Settings};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::ui::modal::Ask;
use crate::ui::pane::Pane;
use crate::ui::stage::{self, with};
use crate::ui::talk::{Answer as AnyAnswer, Cx, Effect, Facts, Job as AnyJob};

const GENERATION: u32 = 1;

fn stray(bucket: &str, key: &str, id: &str, extent: Extent) -> Stray {
    Stray {
        to: S3Uri::new(bucket, key),
        upload_id: id.into(),
        initiated: Some("2026-11-17T14:00:00Z".parse().unwrap()),
        initiator: Some("arn:aws:iam::111122223333:user/ann".into()),
        owner: Some("lake-owner".into()),
        class: Some("STANDARD".into()),
        checksum: Some("CRC64NVME FULL_OBJECT".into()),
        extent,
    }
}

fn name(bucket: &str, id: &str) -> UploadName {
    UploadName { bucket: bucket.into(), upload_id: id.into() }
}

fn hear(pane: &mut Transfers, news: News) {
    with(|cx| pane.hear(PaneNews::Strays(news), cx));
}

fn obey(pane: &mut Transfers, command: Command) -> Vec<Effect> {
    with(|cx| pane.obey_strays(command, cx))
}

/// The view, as it has just been opened.
fn opened() -> Transfers {
    let mut pane = Transfers::default();
    let effects = with(|cx| pane.obey(QueueCommand::Strays, cx));
    let job = PaneJob::Strays(Job::Look { generation: GENERATION });
    assert_eq!(effects[0], Effect::start(Slot::Strays, job));
    pane
}

fn buckets(pane: &mut Transfers) {
    let buckets = vec![
        ("tre-source".to_owned(), Some(Role::Source)),
        ("tre-target".to_owned(), Some(Role::Target)),
        ("athena-results".to_owned(), None),
        ("broken".to_owned(), None),
    ];
    hear(pane, News::Buckets { generation: GENERATION, buckets });
}

fn found(pane: &mut Transfers, bucket: &str, uploads: Vec<Stray>, more: bool) {
    let bucket = bucket.to_owned();
    hear(pane, News::Found { generation: GENERATION, bucket, uploads, more });
}

/// Everything has been looked at.
fn full() -> Transfers {
    let mut pane = opened();
    buckets(&mut pane);
    let source = vec![
        stray("tre-source", "in/genomes/HG002.bam", "u1", Extent::Unknown),
        stray("tre-source", "in/evil\u{1b}[2J.bam", "u2", Extent::Unknown),
    ];
    found(&mut pane, "tre-source", source, false);
    found(&mut pane, "athena-results", Vec::new(), false);
    let closed = |kind, bucket: &str, why: &str| {
        let trouble = Trouble::new(kind, format!("list the uploads in s3://{bucket}/"), why)
            .hint("ask for s3:ListBucketMultipartUploads on the bucket");
        let (bucket, failure) = (bucket.to_owned(), Failure::from(&trouble));
        News::Closed { generation: GENERATION, bucket, failure }
    };
    hear(&mut pane, closed(Kind::Denied, "tre-target", "access denied to DataLakeManager"));
    hear(&mut pane, closed(Kind::Unreachable, "broken", "no answer"));
    let sized = |id, extent| {
        let upload = name("tre-source", id);
        News::Sized { generation: GENERATION, upload, extent }
    };
    hear(&mut pane, sized("u1", Extent::Known { parts: 812, bytes: 812 << 24 }));
    hear(&mut pane, sized("u2", Extent::Known { parts: 1, bytes: 5 << 20 }));
    hear(&mut pane, News::Looked { generation: GENERATION });
    pane
}

fn screen(pane: &Transfers, width: u16, height: u16) -> String {
    stage::screen(pane, (width, height), "2026-11-21T18:00:00Z")
}

fn strays(pane: &Transfers) -> &Strays {
    match &pane.over {
        Some(Over::Strays(strays)) => strays,
        other => panic!("{other:?}"),
    }
}

/// What would be aborted if the dialog were answered with yes, and the count it asks for.
fn aborted(effects: &[Effect]) -> (Vec<String>, Option<u64>) {
    let [Effect::Ask(Ask::Confirm(confirm))] = effects else { panic!("{effects:?}") };
    let [Effect::Start(_, AnyJob::Transfers(PaneJob::Strays(Job::Abort { uploads })))] =
        &confirm.then[..]
    else {
        panic!("{:?}", confirm.then)
    };
    (uploads.iter().map(|(_, id)| id.clone()).collect(), confirm.count)
}

#[test]
fn aborting_asks_and_for_several_it_asks_for_their_count() {
    let mut pane = full();
    assert!(matches!(&obey(&mut pane, Command::Abort)[..], [Effect::Tell(_)]), "on a bucket");
    with(|cx| pane.step(Move::Down, cx));
    assert_eq!(aborted(&obey(&mut pane, Command::Abort)), (vec!["u1".into()], None));
    obey(&mut pane, Command::MarkAll);
    let both = vec!["u1".to_owned(), "u2".to_owned()];
    assert_eq!(aborted(&obey(&mut pane, Command::Abort)), (both, Some(2)));
    hear(&mut pane, News::Gone { upload: name("tre-source", "u1") });
    assert_eq!(aborted(&obey(&mut pane, Command::Abort)), (vec!["u2".into()], None));
}

#[test]
fn adopting_asks_for_the_file_and_in_the_target_bucket_for_the_approval() {
    let mut pane = full();
    with(|cx| pane.step(Move::Down, cx));
    let effects = obey(&mut pane, Command::Adopt);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let asked = Answer::File {
        to: S3Uri::new("tre-source", "in/genomes/HG002.bam"),
        upload_id: "u1".into(),
    };
    assert_eq!(prompt.to, PaneAnswer::Strays(asked.clone()).into());
    let mut settings = Settings::aws("tre");
    settings.buckets = vec![RoleBucket {
        role: Role::Target,
        name: "tre-target".into(),
        kms_key: None,
        prefix: String::new(),
    }];
    let facts = Facts { settings: Some(settings), ..Facts::default() };
    let cx = Cx { now: Instant::now(), facts: &facts };
    let mut answer = |answer, text: &str| pane.answer(PaneAnswer::Strays(answer), text.into(), &cx);
    let job = |effects: &[Effect]| match effects {
        [Effect::Start(_, AnyJob::Transfers(PaneJob::Strays(Job::Adopt { approval, .. })))] => {
            Some(approval.clone())
        }
        _ => None,
    };
    assert_eq!(job(&answer(asked.clone(), "/data/HG002.bam")), Some(None));
    assert_eq!(answer(asked, " "), []);
    let target = Answer::File { to: S3Uri::new("tre-target", "x"), upload_id: "u9".into() };
    let effects = answer(target, "/data/x");
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    let AnyAnswer::Transfers(PaneAnswer::Strays(approval)) = prompt.to.clone() else { panic!() };
    assert_eq!(job(&answer(approval.clone(), "")), None, "no reference, no upload");
    assert_eq!(job(&answer(approval, "IG-17")), Some(Some("IG-17".into())));
}

#[test]
fn the_cursor_stays_on_its_upload_while_others_come() {
    let mut pane = opened();
    buckets(&mut pane);
    let late = stray("athena-results", "z", "late", Extent::Unknown);
    found(&mut pane, "athena-results", vec![late], false);
    for _ in 0..3 {
        with(|cx| pane.step(Move::Down, cx));
    }
    assert_eq!(strays(&pane).stray().unwrap().upload_id, "late");
    let early = stray("tre-source", "a", "early", Extent::Unknown);
    found(&mut pane, "tre-source", vec![early], true);
    assert_eq!(strays(&pane).stray().unwrap().upload_id, "late");
}

#[test]
fn news_of_an_earlier_look_is_dropped() {
    let mut pane = full();
    obey(&mut pane, Command::Refresh);
    let old = stray("tre-source", "a", "old", Extent::Unknown);
    found(&mut pane, "tre-source", vec![old], false);
    assert_eq!(strays(&pane).len(), 0);
    assert!(pane.strays().is_some_and(|strays| strays.is_busy()));
}

#[test]
fn esc_closes_the_innermost_and_then_the_view_which_stops_looking() {
    let mut pane = full();
    obey(&mut pane, Command::MarkAll);
    obey(&mut pane, Command::Details);
    for _ in 0..2 {
        assert_eq!(with(|cx| pane.escape(cx)), Some(Vec::new()));
    }
    let effects = with(|cx| pane.escape(cx)).unwrap();
    assert_eq!(effects[0], Effect::stop(Slot::Strays));
    assert!(pane.strays().is_none());
}

#[test]
fn screens() {
    let mut pane = opened();
    insta::assert_snapshot!("loading_80x10", screen(&pane, 80, 10));
    buckets(&mut pane);
    let many = (0..40).map(|at| {
        stray("tre-source", &format!("in/part-{at:05}.parquet"), &at.to_string(), Extent::Unknown)
    });
    found(&mut pane, "tre-source", many.collect(), true);
    insta::assert_snapshot!("more_80x20", screen(&pane, 80, 20));
    let mut pane = full();
    insta::assert_snapshot!("full_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("full_20x5", screen(&pane, 20, 5));
    with(|cx| pane.step(Move::Down, cx));
    obey(&mut pane, Command::Mark);
    insta::assert_snapshot!("full_200x20", screen(&pane, 200, 20));
    pane.strays().unwrap().details = true;
    insta::assert_snapshot!("details_80x24", screen(&pane, 80, 24));
    with(|cx| pane.step(Move::Down, cx));
    insta::assert_snapshot!("denied_200x20", screen(&pane, 200, 20));
    let mut empty = opened();
    hear(&mut empty, News::Buckets { generation: GENERATION, buckets: Vec::new() });
    hear(&mut empty, News::Looked { generation: GENERATION });
    insta::assert_snapshot!("no_bucket_80x10", screen(&empty, 80, 10));
    let mut none = opened();
    let buckets = vec![("tre-source".to_owned(), Some(Role::Source))];
    hear(&mut none, News::Buckets { generation: GENERATION, buckets });
    found(&mut none, "tre-source", Vec::new(), false);
    hear(&mut none, News::Looked { generation: GENERATION });
    insta::assert_snapshot!("none_80x10", screen(&none, 80, 10));
    let trouble = Trouble::new(Kind::Unreachable, "list the buckets", "no answer");
    let failure = Failure::from(&trouble);
    let mut broken = opened();
    hear(&mut broken, News::Broken { generation: GENERATION, failure });
    insta::assert_snapshot!("broken_80x10", screen(&broken, 80, 10));
}
