//! KMS keys by their names, through the real SDK client against the embedded lake, and uploads
//! that prove the key they were written with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::local::kms;
use lakehand::model::mode::Mode;
use lakehand::model::object::Role;
use lakehand::model::settings::{RoleBucket, Settings};
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::model::trouble::Kind;
use lakehand::transfer::{Copy, CopyHow, Finished, Plan, Upload, UploadHow};

use crate::local_lake::{Fixture, Memory};
use crate::transfer_rig::{BUCKET, Fault, MIB, Rig, drain, failure, first, uri};

const ALIAS: &str = "alias/TRESourceBucketKey";

fn key_by_alias(settings: &mut Settings) {
    settings.buckets.push(RoleBucket {
        role: Role::Source,
        name: BUCKET.into(),
        kms_key: Some(ALIAS.into()),
        prefix: String::new(),
    });
}

fn is_kms(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target").is_some_and(|target| target.starts_with("TrentService."))
}

/// A rig whose bucket has a key that is named by its alias; counts what KMS is asked, after
/// `rule` has had its say.
async fn rig(rule: impl Fn(&HttpRequest) -> Fault + Send + Sync + 'static) -> (Rig, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let counted = move |request: &HttpRequest| {
        if is_kms(request) {
            seen.0.fetch_add(1, Ordering::SeqCst);
        }
        rule(request)
    };
    (Rig::with(key_by_alias, Arc::new(counted)).await, asked)
}

#[derive(Clone, Default)]
struct Asked(Arc<AtomicUsize>);

impl Asked {
    fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn parts() -> UploadHow {
    UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() }
}

fn key_of(end: &Finished) -> Option<&str> {
    end.landed.as_ref()?.kms_key.as_deref()
}

/// What is noted of one that worked out with its content proven.
fn remark(end: &Finished) -> &str {
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    end.note.as_deref().expect("a note")
}

#[tokio::test]
async fn every_name_comes_to_the_arn_and_reading_it_is_no_write() {
    let fixture = Fixture::new();
    let memory = Memory::default();
    let settings = Settings { mode: Mode::ReadOnly, ..fixture.settings() };
    let lake = fixture.lake_with(settings, memory.witness());
    let arn = kms::key_arn(ALIAS);
    let id = arn.rsplit_once('/').unwrap().1;
    let alias_arn = format!("arn:aws:kms:us-east-1:000000000000:{ALIAS}");
    for name in [ALIAS, alias_arn.as_str(), arn.as_str(), id] {
        assert_eq!(lake.key_arn("any", name).await.as_ref(), Ok(&arn), "{name}");
    }
    assert!(memory.take().is_empty(), "a read leaves no audit line");
}

#[tokio::test(flavor = "multi_thread")]
async fn kms_is_asked_once_however_many_want_to_know() {
    let (rig, asked) = rig(|_| Fault::None).await;
    let all = (0..40).map(|_| rig.lake.key_arn(BUCKET, ALIAS));
    for told in futures::future::join_all(all).await {
        assert_eq!(told.unwrap(), kms::key_arn(ALIAS));
    }
    assert_eq!(asked.times(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_remembered_until_the_credentials_are_forgotten() {
    let (rig, asked) = rig(|request| match request.uri().contains("list-type=2") {
        true => Fault::Answer(400, "ExpiredToken"),
        false => Fault::None,
    })
    .await;
    let lake = Lake::open(rig.lake.settings().clone(), Some(analyst(&rig)), nobody());
    for _ in 0..3 {
        let denied = lake.key_arn(BUCKET, ALIAS).await.unwrap_err();
        assert_eq!(denied.kind, Kind::Denied);
        assert!(denied.to_string().contains("kms:DescribeKey"), "{denied}");
    }
    assert_eq!(asked.times(), 1);
    let expired = lake.page(&uri(""), true, None, 1).await.unwrap_err();
    assert_eq!(expired.kind, Kind::Expired);
    lake.key_arn(BUCKET, ALIAS).await.unwrap_err();
    assert_eq!(asked.times(), 2);
}

/// The way into the rig's lake as somebody who may write, and not describe keys.
fn analyst(rig: &Rig) -> Seam {
    let (access_key, secret_key) = rig.local.sign_as(Some("analyst")).unwrap();
    Seam { http: rig.http.clone(), access_key, secret_key }
}

#[tokio::test]
async fn a_store_that_is_not_awss_has_its_keys_asked_of_nobody() {
    let endpoint_urls = [("s3".to_owned(), "http://127.0.0.1:9".to_owned())].into();
    let region = Some("eu-west-2".to_owned());
    let settings = Settings { endpoint_urls, region, ..Settings::aws("own") };
    let lake = Lake::open(settings, None, nobody());
    let told = lake.key_arn("b", ALIAS).await.unwrap_err();
    assert_eq!(
        told.to_string(),
        "look up KMS key alias/TRESourceBucketKey: S3 is at http://127.0.0.1:9, and there is no \
         KMS beside it (set endpoint_urls.kms in [lakes.own])"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_prove_the_key_that_an_alias_stands_for() {
    let (rig, asked) = rig(|_| Fault::None).await;
    let files = vec![rig.file("a", 10), rig.file("b", 20), rig.file("large", 11 * MIB)];
    let ends = rig.put(Upload { how: parts(), ..Upload::new(files, uri("in/")) }).await;
    for end in &ends {
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        assert_eq!(key_of(end), Some(kms::key_arn(ALIAS).as_str()));
        assert_eq!(end.note, None);
    }
    assert_eq!((ends.len(), asked.times()), (3, 1));
}

const OTHER: &str = "arn:aws:kms:us-east-1:000000000000:key/99999999-2222-3333-4444-555555555555";

#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_a_failure_that_names_both() {
    // A small file's is told by the answer to PutObject, a large one's by HEAD.
    let (rig, _) = rig(|request| match matches!(request.method(), "HEAD" | "PUT") {
        true => Fault::Headers(&[("x-amz-server-side-encryption-aws-kms-key-id", Some(OTHER))]),
        false => Fault::None,
    })
    .await;
    for (name, size) in [("small", 10), ("large", 11 * MIB)] {
        let end = rig.put_one(&rig.file(name, size), parts()).await;
        let arn = kms::key_arn(ALIAS);
        let why = format!("it is encrypted with KMS key {OTHER}, not with {ALIAS}, which is {arn}");
        let said = failure(&end);
        assert!(said.contains(&why) && said.contains("not to be trusted"), "{said}");
        assert_eq!(end.note, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_was_pointed_elsewhere_is_looked_up_again() {
    let before = first(1);
    let (rig, asked) = rig(move |request| match is_kms(request) && before() {
        true => Fault::Json(
            r#"{"KeyMetadata": {"KeyId": "1", "Arn": "arn:aws:kms:us-east-1:000000000000:key/1"}}"#,
        ),
        false => Fault::None,
    })
    .await;
    assert!(rig.lake.key_arn(BUCKET, ALIAS).await.unwrap().ends_with(":key/1"));
    let end = rig.put_one(&rig.file("a", 10), UploadHow::default()).await;
    assert_eq!((&end.state, &end.note), (&TransferState::Done(Proof::Crc64Nvme), &None));
    assert_eq!(asked.times(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_describe_the_key_has_it_unproven_and_nothing_fails() {
    let (mut rig, asked) = rig(|_| Fault::None).await;
    rig.lake = Lake::open(rig.lake.settings().clone(), Some(analyst(&rig)), nobody());
    let files = vec![rig.file("a", 10), rig.file("large", 11 * MIB)];
    let ends = rig.put(Upload { how: parts(), ..Upload::new(files, uri("in/")) }).await;
    for end in &ends {
        let remark = remark(end);
        assert!(
            remark.starts_with("KMS key not compared: look up KMS key alias/TRESourceBucketKey: "),
            "{remark}"
        );
        assert!(remark.contains("kms:DescribeKey"), "{remark}");
        assert_eq!(key_of(end), Some(kms::key_arn(ALIAS).as_str()), "as the store names it");
    }
    assert_eq!((ends.len(), asked.times()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_that_cannot_be_reached_leaves_the_key_unproven() {
    let (rig, _) = rig(|request| match is_kms(request) {
        true => Fault::Reset,
        false => Fault::None,
    })
    .await;
    let end = rig.put_one(&rig.file("a", 10), UploadHow::default()).await;
    assert!(remark(&end).contains("cannot be reached"), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_at_the_object_has_its_key_unproven() {
    let (rig, asked) = rig(|request| match request.method() == "HEAD" {
        true => Fault::Answer(403, "AccessDenied"),
        false => Fault::None,
    })
    .await;
    let end = rig.put_one(&rig.file("large", 11 * MIB), parts()).await;
    assert!(remark(&end).contains("it needs s3:GetObject"), "{end:?}");
    assert_eq!((key_of(&end), asked.times()), (None, 0));
    // The answer to a small file's PutObject names its key.
    let end = rig.put_one(&rig.file("small", 10), UploadHow::default()).await;
    assert_eq!((end.note.as_ref(), asked.times()), (None, 1));
    assert_eq!(key_of(&end), Some(kms::key_arn(ALIAS).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_proves_the_key_of_its_destination() {
    let (rig, asked) = rig(|request| match request.uri().contains("/out/wrong") {
        true => Fault::Headers(&[("x-amz-server-side-encryption-aws-kms-key-id", Some(OTHER))]),
        false => Fault::None,
    })
    .await;
    rig.put_one(&rig.file("a", 10), UploadHow::default()).await;
    for (to, right) in [("out/right", true), ("out/wrong", false)] {
        let (engine, ends) = rig.engine();
        let (sources, how) = (vec![uri("in/a")], CopyHow::default());
        engine.add(Plan::Copy(Copy { sources, to: uri(to), recursive: false, how }));
        engine.idle().await;
        let ends = drain(ends);
        match right {
            true => assert_eq!(ends[0].state, TransferState::Done(Proof::Crc64Nvme)),
            false => {
                let said = failure(&ends[0]);
                assert!(said.contains(OTHER) && said.contains("copy it again"), "{said}");
            }
        }
        assert_eq!(ends[0].note, None);
    }
    assert_eq!(asked.times(), 2, "once, and once more for the key that differs");
}
