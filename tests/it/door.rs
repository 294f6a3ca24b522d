//! The local lake's entrance: signatures, protocols, the socket and the way without one.

use std::os::unix::fs::PermissionsExt as _;

use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use lakehand::local::door::serve;
use tokio_util::sync::CancellationToken;

use crate::local_lake::Fixture;

/// A lake on a socket; stops listening when dropped.
struct Served {
    fixture: Fixture,
    endpoint: String,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(fixture: Fixture) -> Served {
    let listener = serve::listen("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(serve::serve(fixture.local.clone(), listener, stop.clone()));
    Served { fixture, endpoint, stop }
}

/// What any Rust program would configure to reach it.
async fn config(endpoint: &str, key: &str, secret: &str) -> aws_config::SdkConfig {
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region("eu-west-2")
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .credentials_provider(aws_sdk_s3::config::Credentials::new(key, secret, None, None, "test"))
        .load()
        .await
}

fn s3(config: &aws_config::SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

#[tokio::test]
async fn callers_are_who_they_sign_as() {
    let served = serve(Fixture::new()).await;
    for (name, arn) in [
        ("local", "arn:aws:iam::000000000000:root"),
        ("analyst", "arn:aws:iam::000000000000:user/analyst"),
    ] {
        let sts = aws_sdk_sts::Client::new(&config(&served.endpoint, name, name).await);
        let answer = sts.get_caller_identity().send().await.unwrap();
        assert_eq!(answer.arn(), Some(arn));
        assert_eq!(answer.account(), Some("000000000000"));
        assert!(answer.request_id().is_some());
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_each_protocols_words() {
    let served = serve(Fixture::new()).await;
    let config = config(&served.endpoint, "analyst", "wrong").await;

    let sts = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
    assert_eq!(sts.code(), Some("SignatureDoesNotMatch"));
    assert_eq!(sts.raw_response().unwrap().status().as_u16(), 403);

    let glue = aws_sdk_glue::Client::new(&config).get_databases().send().await.unwrap_err();
    assert_eq!(glue.code(), Some("InvalidSignatureException"));
    assert!(glue.request_id().is_some());

    let buckets = s3(&config).list_buckets().send().await.unwrap_err();
    assert_eq!(buckets.code(), Some("SignatureDoesNotMatch"));
    assert!(buckets.request_id().is_some());
}

#[tokio::test]
async fn a_credentials_file_shuts_out_everyone_it_does_not_name() {
    let fixture = Fixture::prepared(|dir| {
        let file = dir.join("credentials");
        std::fs::write(&file, "local s3cret\nann t0psecret\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    });
    assert!(fixture.local.has_secrets());
    assert_eq!(fixture.lake().identity().await.unwrap().role(), "root");
    let served = serve(fixture).await;

    let known = config(&served.endpoint, "ann", "t0psecret").await;
    assert!(aws_sdk_sts::Client::new(&known).get_caller_identity().send().await.is_ok());
    let stranger = config(&served.endpoint, "bob", "bob").await;
    let sts = aws_sdk_sts::Client::new(&stranger).get_caller_identity().send().await.unwrap_err();
    assert_eq!(sts.code(), Some("InvalidClientTokenId"));
    let glue = aws_sdk_glue::Client::new(&stranger).get_databases().send().await.unwrap_err();
    assert_eq!(glue.code(), Some("UnrecognizedClientException"));
    let buckets = s3(&stranger).list_buckets().send().await.unwrap_err();
    assert_eq!(buckets.code(), Some("InvalidAccessKeyId"));
    assert!(served.fixture.local.sign_as(Some("bob")).is_err());
}

#[tokio::test]
async fn what_the_lake_does_not_have_is_named() {
    let served = serve(Fixture::new()).await;
    let config = config(&served.endpoint, "local", "local").await;
    let error = aws_sdk_glue::Client::new(&config).list_ml_transforms().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    assert!(error.message().unwrap().contains("ListMLTransforms"), "{error:?}");
    let error = aws_sdk_sts::Client::new(&config).get_session_token().send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidAction"));
    assert!(error.message().unwrap().contains("GetSessionToken"));
}

#[tokio::test]
async fn objects_stream_in_and_out_over_the_socket() {
    let served = serve(Fixture::new()).await;
    let s3 = s3(&config(&served.endpoint, "local", "local").await);
    s3.create_bucket().bucket("wide").send().await.unwrap();
    let file = served.fixture.dir().join("source.bin");
    let bytes: Vec<u8> = (0..9_000_000u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    s3.put_object().bucket("wide").key("a/b.bin").body(body).send().await.unwrap();
    let got = s3.get_object().bucket("wide").key("a/b.bin").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().into_bytes() == bytes);
}

#[tokio::test]
async fn a_presigned_link_opens_one_object() {
    let served = serve(Fixture::new()).await;
    let s3 = s3(&config(&served.endpoint, "local", "local").await);
    s3.create_bucket().bucket("links").send().await.unwrap();
    let body = ByteStream::from_static(b"hello");
    s3.put_object().bucket("links").key("k").body(body).send().await.unwrap();
    let hour = PresigningConfig::expires_in(std::time::Duration::from_secs(3600)).unwrap();
    let link = s3.get_object().bucket("links").key("k").presigned(hour).await.unwrap();
    assert!(fetch(link.uri()).await.ends_with("hello"));
    let forged = link.uri().replace("/k?", "/other?");
    assert!(fetch(&forged).await.starts_with("HTTP/1.1 403"));
}

/// A plain GET by hand: no SDK signs anything here.
async fn fetch(url: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let uri: http::Uri = url.parse().unwrap();
    let host = uri.authority().unwrap().as_str();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let path = uri.path_and_query().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn nobody_comes_in_unsigned() {
    let served = serve(Fixture::new()).await;
    served.fixture.local.store().create_bucket("open").unwrap();
    for path in ["/", "/open", "/open/k"] {
        let answer = fetch(&format!("{}{path}", served.endpoint)).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn stopping_closes_the_socket() {
    let served = serve(Fixture::new()).await;
    let sts = aws_sdk_sts::Client::new(&config(&served.endpoint, "local", "local").await);
    assert!(sts.get_caller_identity().send().await.is_ok());
    served.stop.cancel();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(sts.get_caller_identity().send().await.is_err());
}
