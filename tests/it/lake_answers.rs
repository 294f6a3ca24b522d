//! The lake against scripted answers: other regions, denied listings, damaged bodies.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use lakehand::lake::witness::nobody;
use lakehand::lake::{From, Lake, Seam};
use lakehand::model::object::Role;
use lakehand::model::settings::{RoleBucket, Settings};
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;

type Script = dyn Fn(&str, &str, &str) -> http::Response<String> + Send + Sync;

/// Answers each request by method, path and the region it was signed for; remembers them.
#[derive(Clone)]
struct Scripted {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let signed = request.headers().get("authorization").unwrap_or_default().to_owned();
        let region = signed.split('/').nth(2).unwrap_or_default().to_owned();
        let uri: http::Uri = request.uri().parse().expect("a URI");
        let payer = request.headers().get("x-amz-request-payer");
        let payer = payer.map_or(String::new(), |payer| format!(" {payer} pays"));
        let asked = format!("{} {} {region}{payer}", request.method(), uri.path());
        self.asked.lock().expect("unpoisoned").push(asked);
        let answer = (self.script)(request.method(), uri.path(), &region).map(SdkBody::from);
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(answer).expect("an answer")))
    }
}

fn lake(
    buckets: Vec<RoleBucket>,
    script: impl Fn(&str, &str, &str) -> http::Response<String> + Send + Sync + 'static,
) -> (Lake, Arc<Mutex<Vec<String>>>) {
    lake_with(Settings { buckets, ..Settings::aws("test") }, script)
}

fn lake_with(
    settings: Settings,
    script: impl Fn(&str, &str, &str) -> http::Response<String> + Send + Sync + 'static,
) -> (Lake, Arc<Mutex<Vec<String>>>) {
    let scripted = Scripted { script: Arc::new(script), asked: Arc::default() };
    let asked = scripted.asked.clone();
    let http = SharedHttpConnector::new(scripted);
    let seam = Seam { http, access_key: "key".into(), secret_key: "secret".into() };
    (Lake::open(settings, Some(seam), nobody()), asked)
}

fn answer(status: u16, region: Option<&str>, body: &str) -> http::Response<String> {
    let mut answer = http::Response::builder().status(status);
    if let Some(region) = region {
        answer = answer.header("x-amz-bucket-region", region);
    }
    answer.body(body.to_owned()).expect("an answer")
}

const LISTING: &str = "<ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents>\
                       <IsTruncated>false</IsTruncated></ListBucketResult>";

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>no</Message></Error>")
}

#[tokio::test]
async fn a_bucket_of_another_region_is_followed_there_once() {
    let (lake, asked) = lake(Vec::new(), |_, _, region| match region {
        "eu-west-1" => answer(200, None, LISTING),
        _ => answer(301, Some("eu-west-1"), &error("PermanentRedirect")),
    });
    let uri = S3Uri::new("far", "");
    assert_eq!(lake.page(&uri, true, None, 10).await.unwrap().entries.len(), 1);
    lake.page(&uri, true, None, 10).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        ["GET /far us-east-1", "GET /far eu-west-1", "GET /far eu-west-1"]
            .map(|line| line.replace("/far ", "/far/ "))
    );
}

#[tokio::test]
async fn keys_of_another_region_are_listed_there_by_the_short_way_too() {
    let (lake, asked) = lake(Vec::new(), |_, _, region| match region {
        "eu-west-1" => answer(200, None, LISTING),
        _ => answer(301, Some("eu-west-1"), &error("PermanentRedirect")),
    });
    for _ in 0..2 {
        let page = lake.keys(&S3Uri::new("far", ""), true, From::Start, 10).await.unwrap();
        assert_eq!(page.keys.len(), 1);
    }
    assert_eq!(asked.lock().unwrap().len(), 3, "the region is remembered");
}

#[tokio::test]
async fn reads_of_a_bucket_whose_readers_pay_say_so() {
    let settings = Settings { requester_pays: ["open".into()].into(), ..Settings::aws("test") };
    let (lake, asked) =
        lake_with(settings, |method, path, _| match (method, path.ends_with('k')) {
            ("GET", false) => answer(200, None, LISTING),
            _ => answer(200, None, ""),
        });
    for (bucket, pays) in [("open", true), ("mine", false)] {
        let (level, object) = (S3Uri::new(bucket, ""), S3Uri::new(bucket, "k"));
        asked.lock().unwrap().clear();
        lake.keys(&level, true, From::Start, 10).await.unwrap();
        lake.page(&level, true, None, 10).await.unwrap();
        lake.head(&object).await.unwrap();
        lake.get(&object, None).await.unwrap();
        // What the tags are is no matter here.
        let _ = lake.tags(&object).await;
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 5, "{asked:?}");
        assert!(asked.iter().all(|line| line.ends_with(" requester pays") == pays), "{asked:?}");
    }
}

#[tokio::test]
async fn a_region_that_is_not_named_is_asked_for() {
    let (lake, asked) = lake(Vec::new(), |method, _, region| match (method, region) {
        (_, "ap-south-1") => answer(200, None, LISTING),
        ("HEAD", _) => answer(301, Some("ap-south-1"), ""),
        _ => answer(400, None, &error("AuthorizationHeaderMalformed")),
    });
    assert!(lake.page(&S3Uri::new("far", ""), true, None, 10).await.is_ok());
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_region_that_stays_wrong_is_said() {
    let (lake, _) = lake(Vec::new(), |_, _, _| answer(301, None, &error("PermanentRedirect")));
    let trouble = lake.page(&S3Uri::new("far", ""), true, None, 10).await.unwrap_err();
    assert_eq!(trouble.kind, Kind::WrongRegion);
    assert!(trouble.to_string().ends_with("(set region in [lakes.test] or AWS_REGION)"));
}

#[tokio::test]
async fn without_leave_to_list_buckets_the_configured_ones_are_all() {
    let source = RoleBucket {
        role: Role::Source,
        name: "source".into(),
        kms_key: None,
        prefix: String::new(),
    };
    let (lake, _) = lake(vec![source], |_, _, _| answer(403, None, &error("AccessDenied")));
    let (buckets, denied) = lake.buckets_as_far_as_known().await.unwrap();
    assert_eq!(buckets.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["source"]);
    assert_eq!(denied.map(|trouble| trouble.kind), Some(Kind::Denied), "and it can be said why");
}

#[tokio::test]
async fn without_any_bucket_a_denied_listing_is_an_error() {
    let (lake, _) = lake(Vec::new(), |_, _, _| answer(403, None, &error("AccessDenied")));
    let trouble = lake.buckets().await.unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "list the buckets: AccessDenied: no (it needs s3:ListAllMyBuckets on *)"
    );
}

#[tokio::test]
async fn a_head_that_is_denied_names_what_it_needs() {
    let (lake, _) = lake(Vec::new(), |_, _, _| answer(403, None, ""));
    let trouble = lake.head(&S3Uri::new("b", "k")).await.unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "look at s3://b/k: access denied (it needs s3:GetObject on arn:aws:s3:::b/k)"
    );
}

#[tokio::test]
async fn a_body_that_does_not_fit_its_checksum_is_damaged() {
    let (lake, _) = lake(Vec::new(), |_, _, _| {
        let answer = http::Response::builder().header("x-amz-checksum-crc32", "AAAAAA==");
        answer.header("content-length", "5").body("hello".to_owned()).expect("an answer")
    });
    let trouble = lake.read_range(&S3Uri::new("b", "k"), 0..5).await.unwrap_err();
    assert_eq!(trouble.kind, Kind::Integrity, "{trouble}");
}

#[tokio::test]
async fn a_wrong_clock_is_put_right_by_the_client() {
    use lakehand::lake::body::{Meter, Slice};

    struct Unmetered;
    impl Meter for Unmetered {
        fn begin(&self) {}
        fn quantum(&self) -> usize {
            usize::MAX
        }
        fn reserve(&self, _: usize) -> std::time::Duration {
            std::time::Duration::ZERO
        }
        fn sent(&self, _: usize) {}
    }

    let tries = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = tries.clone();
    let (lake, asked) = lake(Vec::new(), move |_, _, _| {
        match counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => answer(403, None, &error("RequestTimeTooSkewed")),
            _ => answer(200, None, ""),
        }
    });
    let uri = S3Uri::new("b", "k");
    let slice = Slice::Held("hello".into());
    let put = lake.put_slice(&uri, &slice, "AAAA", &Default::default(), Arc::new(Unmetered)).await;
    assert!(put.is_ok(), "{put:?}");
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_of_keys_follows_the_bucket_and_says_what_is_wrong() {
    let (there, asked) = lake(Vec::new(), |_, _, region| match region {
        "eu-west-1" => answer(200, None, LISTING),
        _ => answer(301, Some("eu-west-1"), &error("PermanentRedirect")),
    });
    let uri = S3Uri::new("far", "");
    for _ in 0..2 {
        let page = there.keys(&uri, false, From::Start, 10).await.unwrap();
        assert_eq!((page.keys.names().first(), page.next), (Some("k"), None));
    }
    assert_eq!(asked.lock().unwrap().len(), 3);

    for (status, body, kind, words) in [
        (403, error("AccessDenied"), Kind::Denied, "(it needs s3:ListBucket on arn:aws:s3:::far)"),
        (400, error("ExpiredToken"), Kind::Expired, "the session has expired"),
        (503, error("SlowDown"), Kind::Throttled, "SlowDown"),
        (200, "<html></html>".to_owned(), Kind::Other, "(HTTP 200): it is no listing"),
        (200, "<ListBucketResult>".to_owned(), Kind::Unreachable, "broke off in the middle"),
    ] {
        let (lake, _) = lake(Vec::new(), move |_, _, _| answer(status, None, &body));
        let trouble = lake.keys(&uri, false, From::Start, 10).await.unwrap_err();
        assert_eq!(trouble.kind, kind, "{trouble}");
        assert!(trouble.to_string().contains(words), "{trouble}");
    }
}

#[tokio::test]
async fn a_listing_with_a_wrong_clock_is_put_right_by_the_client() {
    let tries = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (lake, asked) = lake(Vec::new(), move |_, _, _| {
        match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => answer(403, None, &error("RequestTimeTooSkewed")),
            _ => answer(200, None, LISTING),
        }
    });
    let page = lake.keys(&S3Uri::new("b", ""), false, From::Start, 10).await.unwrap();
    assert_eq!(page.keys.get(0).size, 1);
    assert_eq!(asked.lock().unwrap().len(), 2);
}
