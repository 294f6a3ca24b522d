//! How buckets stand, and Lake Formation's registrations, through the lake against the
//! embedded one.

use std::collections::{BTreeMap, HashSet};

use futures::StreamExt as _;
use lakehand::govern::posture::{examine, subjects};
use lakehand::lake::Lake;
use lakehand::lake::witness::Outcome;
use lakehand::local::demo;
use lakehand::local::principal::Principal;
use lakehand::local::s3::{LogFormat, LogTarget, PublicBlock, PutOptions, SseRule, UploadQuery};
use lakehand::model::mode::Mode;
use lakehand::model::object::Role;
use lakehand::model::posture::{Check, Finding, Verdict};
use lakehand::model::settings::{RoleBucket, Settings};
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;

use crate::local_lake::{Fixture, Memory};

const ADMIN: Principal = Principal::Administrator;
const ROLE: &str = "arn:aws:iam::000000000000:role/LakeRole";
const ARN: &str = "arn:aws:s3:::the-source";

/// The findings by bucket and check.
async fn look(lake: &Lake) -> BTreeMap<(String, Check), Finding> {
    let subjects = subjects(lake.settings(), &[]);
    let all: Vec<(usize, Finding)> = examine(lake, &subjects, HashSet::new()).collect().await;
    assert_eq!(all.len(), subjects.len() * Check::ALL.len());
    all.into_iter()
        .map(|(at, finding)| ((subjects[at].bucket.clone(), finding.check), finding))
        .collect()
}

fn source(settings: Settings) -> Settings {
    let bucket = RoleBucket {
        role: Role::Source,
        name: "the-source".into(),
        kms_key: Some("alias/Source".into()),
        prefix: String::new(),
    };
    Settings { buckets: vec![bucket], ..settings }
}

/// A lake with the bucket `the-source`, as AWS would make it.
fn bare() -> Fixture {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("the-source").unwrap();
    fixture
}

fn verdicts(found: &BTreeMap<(String, Check), Finding>, bucket: &str) -> Vec<(Check, Verdict)> {
    let of = |check| (check, found[&(bucket.to_owned(), check)].verdict);
    Check::ALL.map(of).to_vec()
}

#[tokio::test]
async fn a_new_bucket_fails_and_a_guarded_one_passes() {
    let fixture = bare();
    let store = fixture.local.store();
    let lake = fixture.lake_with(source(fixture.settings()), lakehand::lake::witness::nobody());
    for (check, verdict) in verdicts(&look(&lake).await, "the-source") {
        // New buckets block public access, and hold nothing.
        let passes = matches!(check, Check::PublicAccess | Check::Strays);
        assert_eq!(verdict == Verdict::Pass, passes, "{check}: {verdict}");
        assert!(passes || verdict == Verdict::Fail, "{check}: {verdict}");
    }

    store.create_bucket("the-logs").unwrap();
    let key = lakehand::local::kms::key_arn("alias/Source");
    let rule = SseRule { algorithm: "aws:kms".into(), kms_key: Some(key), bucket_key: true };
    store.set_default_encryption("the-source", Some(rule)).unwrap();
    store.set_versioning("the-source", true).unwrap();
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::the-source/*",
         "Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}},
        {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::the-source","arn:aws:s3:::the-source/*"],
         "Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
    store.set_policy("the-source", Some(policy)).unwrap();
    let abort = lakehand::local::s3::AbortRule {
        id: "abort".into(),
        enabled: true,
        prefix: String::new(),
        days: 3,
    };
    store.set_lifecycle("the-source", &[abort]).unwrap();
    let target = LogTarget { bucket: "the-logs".into(), prefix: "source/".into(), format: None };
    store.set_logging("the-source", Some(&target)).unwrap();
    lake.register(ARN, Some(ROLE)).await.unwrap();
    let found = look(&lake).await;
    for (check, verdict) in verdicts(&found, "the-source") {
        let wanted = if check == Check::AccessLogs { Verdict::Warn } else { Verdict::Pass };
        assert_eq!(verdict, wanted, "{check}");
    }
    let logs = &found[&("the-source".to_owned(), Check::AccessLogs)];
    assert!(logs.found.contains("no log object"), "{}", logs.found);
}

#[tokio::test]
async fn the_newest_log_is_found_in_either_kind_of_folder() {
    let fixture = bare();
    let store = fixture.local.store();
    store.create_bucket("the-logs").unwrap();
    let lake = fixture.lake_with(source(fixture.settings()), lakehand::lake::witness::nobody());
    let put = |key: &str| {
        store.put(&ADMIN, "the-logs", key, &b"log"[..], PutOptions::default()).unwrap();
    };
    let now = jiff::Timestamp::now();
    let name = now.strftime("%Y-%m-%d-%H-%M-%S-0123456789ABCDEF").to_string();
    let day = now.strftime("%Y/%m/%d").to_string();
    // Behind the logs in the order of names, and none of them.
    put("zzz");
    for (format, key) in [
        (None, format!("source/{name}")),
        (
            Some(LogFormat::Partitioned { by: Some("DeliveryTime".into()) }),
            format!("parted/000000000000/us-east-1/the-source/{day}/{name}"),
        ),
    ] {
        let prefix = format!("{}/", key.split('/').next().unwrap());
        let target = LogTarget { bucket: "the-logs".into(), prefix, format };
        store.set_logging("the-source", Some(&target)).unwrap();
        let verdict = async || look(&lake).await[&("the-source".into(), Check::AccessLogs)].verdict;
        assert_eq!(verdict().await, Verdict::Warn, "{key}");
        put(&key);
        assert_eq!(verdict().await, Verdict::Pass, "{key}");
    }
}

#[tokio::test]
async fn what_is_denied_is_unknown_and_says_what_is_missing() {
    let fixture = bare();
    let as_ann = |settings| Settings { principal: Some("ann".into()), ..source(settings) };
    let lake = fixture.lake_with(as_ann(fixture.settings()), lakehand::lake::witness::nobody());
    let found = look(&lake).await;
    for (check, needs) in [
        (Check::EncryptedWrites, "s3:GetBucketPolicy"),
        (Check::TlsOnly, "s3:GetBucketPolicy"),
        (Check::AccessLogs, "s3:GetBucketLogging"),
        (Check::AbortRule, "s3:GetLifecycleConfiguration"),
        (Check::LakeFormation, "lakeformation:ListResources"),
    ] {
        let finding = &found[&("the-source".to_owned(), check)];
        assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
        assert!(finding.todo.as_ref().unwrap().contains(needs), "{finding:?}");
    }
    // An alias that KMS does not explain to her is not known either.
    let key = lakehand::local::kms::key_arn("alias/Source");
    let rule = SseRule { algorithm: "aws:kms".into(), kms_key: Some(key), bucket_key: true };
    fixture.local.store().set_default_encryption("the-source", Some(rule)).unwrap();
    let found = look(&lake).await;
    let finding = &found[&("the-source".to_owned(), Check::Key)];
    assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
    assert!(finding.todo.as_ref().unwrap().contains("kms:DescribeKey"), "{finding:?}");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_passes_nothing() {
    let fixture = Fixture::new();
    let lake = fixture.lake_with(source(fixture.settings()), lakehand::lake::witness::nobody());
    for (check, verdict) in verdicts(&look(&lake).await, "the-source") {
        // Lake Formation knows nothing of buckets.
        let wanted = if check == Check::LakeFormation { Verdict::Fail } else { Verdict::Unknown };
        assert_eq!(verdict, wanted, "{check}");
    }
}

#[tokio::test]
async fn an_upload_of_yesterday_is_a_stray_unless_a_transfer_is_about_it() {
    let fixture = bare();
    let store = fixture.local.store();
    let upload =
        store.create_upload(&ADMIN, "the-source", "in/x", &PutOptions::default(), None).unwrap();
    let lake = fixture.lake_with(source(fixture.settings()), lakehand::lake::witness::nobody());
    let strays = async |live: HashSet<String>| {
        let subjects = subjects(lake.settings(), &[]);
        let all: Vec<(usize, Finding)> = examine(&lake, &subjects, live).collect().await;
        let found = all.into_iter().find(|(_, finding)| finding.check == Check::Strays);
        found.unwrap().1
    };
    let young = strays(HashSet::new()).await;
    assert_eq!(young.verdict, Verdict::Pass);
    assert!(young.found.contains("1 upload begun within a day"), "{}", young.found);
    let db = rusqlite::Connection::open(fixture.dir().join("state.sqlite")).unwrap();
    db.execute("UPDATE s3_uploads SET initiated = initiated - 2 * 86400000", []).unwrap();
    let old = strays(HashSet::new()).await;
    assert_eq!(old.verdict, Verdict::Fail);
    assert!(old.found.starts_with("1 unfinished upload of 0 B"), "{}", old.found);
    assert_eq!(strays([upload.id].into()).await.verdict, Verdict::Pass);
}

#[tokio::test]
async fn registering_is_for_admin_mode_and_is_witnessed() {
    let fixture = bare();
    for mode in [Mode::ReadOnly, Mode::Curate] {
        let memory = Memory::default();
        let settings = Settings { mode, ..fixture.settings() };
        let lake = fixture.lake_with(settings, memory.witness());
        for refused in [lake.register(ARN, Some(ROLE)).await, lake.deregister(ARN).await] {
            let trouble = refused.unwrap_err();
            assert_eq!(trouble.kind, Kind::Refused, "{trouble}");
            assert!(trouble.to_string().contains("--mode admin"), "{trouble}");
        }
        let acts = memory.take();
        assert!(acts.iter().all(|act| matches!(act.outcome, Outcome::Refused(_))), "{acts:?}");
        assert_eq!(acts.len(), 2);
    }
    let memory = Memory::default();
    let lake = fixture.lake_with(fixture.settings(), memory.witness());
    assert_eq!(lake.registration(ARN).await.unwrap(), None);
    lake.register(ARN, Some(ROLE)).await.unwrap();
    let twice = lake.register(ARN, None).await.unwrap_err();
    assert_eq!(twice.code.as_deref(), Some("AlreadyExistsException"));
    let told = lake.registration(ARN).await.unwrap().unwrap();
    assert_eq!((told.role.as_deref(), told.hybrid), (Some(ROLE), false));
    assert!(told.modified.is_some() && !told.has_service_linked_role());
    assert_eq!(lake.registrations().await.unwrap(), [told]);
    lake.deregister(ARN).await.unwrap();
    assert_eq!(lake.deregister(ARN).await.unwrap_err().kind, Kind::NotFound);
    lake.register(ARN, None).await.unwrap();
    assert!(lake.registration(ARN).await.unwrap().unwrap().has_service_linked_role());
    let acts: Vec<(&str, String, bool)> = memory
        .take()
        .into_iter()
        .map(|act| (act.action, act.resource.clone(), act.outcome == Outcome::Done))
        .collect();
    let line = |action, done| (action, ARN.to_owned(), done);
    assert_eq!(
        acts,
        [
            line("lakeformation:RegisterResource", true),
            line("lakeformation:RegisterResource", false),
            line("lakeformation:DeregisterResource", true),
            line("lakeformation:DeregisterResource", false),
            line("lakeformation:RegisterResource", true),
        ]
    );
}

#[tokio::test]
async fn users_read_registered_locations_by_queries_alone() {
    let fixture = bare();
    let store = fixture.local.store();
    store.create_bucket("open").unwrap();
    for (bucket, key) in
        [("the-source", "data/a.csv"), ("the-source", "free/a.csv"), ("open", "a.csv")]
    {
        store.put(&ADMIN, bucket, key, &b"1,2\n"[..], PutOptions::default()).unwrap();
    }
    let admin = fixture.lake();
    admin.register(&format!("{ARN}/data"), Some(ROLE)).await.unwrap();
    let settings = Settings { principal: Some("ann".into()), ..fixture.settings() };
    let ann = fixture.lake_with(settings, lakehand::lake::witness::nobody());
    let shut = S3Uri::new("the-source", "data/a.csv");
    for refused in [ann.head(&shut).await.map(drop), ann.read_range(&shut, 0..1).await.map(drop)] {
        assert_eq!(refused.unwrap_err().kind, Kind::Denied);
    }
    for open in [S3Uri::new("the-source", "free/a.csv"), S3Uri::new("open", "a.csv")] {
        assert_eq!(&ann.read_range(&open, 0..3).await.unwrap()[..], b"1,2");
    }
    let list = async |key: &str, folded| {
        ann.page(&S3Uri::new("the-source", key), folded, None, 9)
            .await
            .map(|page| page.entries.len())
    };
    assert_eq!(list("", true).await, Ok(2), "that there is a folder may be seen");
    assert_eq!(list("free/", false).await, Ok(1));
    for (key, folded) in [("", false), ("data/", true), ("dat", false)] {
        assert_eq!(list(key, folded).await.unwrap_err().kind, Kind::Denied, "{key}");
    }
    assert_eq!(ann.strays("the-source", None).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(&admin.read_range(&shut, 0..3).await.unwrap()[..], b"1,2");
    // A permission of S3's own goes past it, as in AWS.
    let allow = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::the-source/data/*"}}"#;
    store.set_policy("the-source", Some(allow)).unwrap();
    assert_eq!(&ann.read_range(&shut, 0..3).await.unwrap()[..], b"1,2");
}

#[tokio::test]
async fn rules_of_the_local_lake_abort_what_is_overdue() {
    let fixture = bare();
    let store = fixture.local.store();
    let begin = |key: &str| {
        store.create_upload(&ADMIN, "the-source", key, &PutOptions::default(), None).unwrap();
    };
    ["in/old", "in/new", "out/old"].iter().for_each(|key| begin(key));
    let db = rusqlite::Connection::open(fixture.dir().join("state.sqlite")).unwrap();
    let age = "UPDATE s3_uploads SET initiated = initiated - 9 * 86400000 WHERE key LIKE '%old'";
    let rule = |enabled| lakehand::local::s3::AbortRule {
        id: "abort".into(),
        enabled,
        prefix: "in/".into(),
        days: 7,
    };
    let left = || {
        let all = UploadQuery { limit: 9, ..UploadQuery::default() };
        store.uploads("the-source", &all).unwrap().items.len()
    };
    store.set_lifecycle("the-source", &[rule(true)]).unwrap();
    assert_eq!(left(), 3, "none is old yet");
    db.execute(age, []).unwrap();
    assert_eq!(left(), 2, "the rule is about in/ alone");
    begin("in/old");
    db.execute(age, []).unwrap();
    store.set_lifecycle("the-source", &[rule(false)]).unwrap();
    assert_eq!(left(), 3, "a rule that is switched off does nothing");
}

#[tokio::test]
async fn what_is_set_on_a_bucket_is_told_as_it_was_set() {
    let fixture = bare();
    let (store, lake) = (fixture.local.store(), fixture.lake());
    let half = PublicBlock { ignore_acls: false, ..PublicBlock::ALL };
    store.set_public_block("the-source", Some(half)).unwrap();
    let told = lake.public_block("the-source").await.unwrap().unwrap();
    assert!(told.block_acls && !told.ignore_acls && told.restrict);
    store.set_public_block("the-source", None).unwrap();
    assert_eq!(lake.public_block("the-source").await.unwrap(), None);
    assert_eq!(lake.bucket_policy("the-source").await.unwrap(), None);
    assert_eq!(lake.lifecycle("the-source").await.unwrap(), []);
    assert_eq!(lake.logging("the-source").await.unwrap(), None);
    assert_eq!(lake.public_block("nowhere").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn the_demo_has_a_posture_with_a_story() {
    let fixture = Fixture::new();
    fixture.local.fill_demo().await.unwrap();
    let settings = Settings { buckets: demo::buckets(), ..fixture.settings() };
    let lake = fixture.lake_with(settings, lakehand::lake::witness::nobody());
    let found = look(&lake).await;
    let not_passed: Vec<(&str, Check, Verdict)> = found
        .iter()
        .filter(|(_, finding)| finding.verdict != Verdict::Pass)
        .map(|((bucket, check), finding)| (bucket.as_str(), *check, finding.verdict))
        .collect();
    let mut wanted = vec![
        (demo::ANALYST, Check::Versioning, Verdict::Fail),
        (demo::SOURCE, Check::AbortRule, Verdict::Fail),
        (demo::SOURCE, Check::Strays, Verdict::Fail),
    ];
    for bucket in [demo::ANALYST, demo::SOURCE, demo::TARGET] {
        wanted.push((bucket, Check::AccessLogs, Verdict::Fail));
    }
    wanted.sort();
    assert_eq!(not_passed, wanted);
    let stray = &found[&(demo::SOURCE.to_owned(), Check::Strays)];
    assert!(stray.found.starts_with("1 unfinished upload of 768 KiB, the oldest begun 21d"));
}
