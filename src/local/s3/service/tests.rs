//! The service under the client that everybody uses, signatures and all, without a socket.

use std::fmt;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, Delete,
    EncodingType, MetadataDirective, ObjectAttributes, ObjectIdentifier, ServerSideEncryption, Tag,
    Tagging, VersioningConfiguration,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::super::tests::lake;
use super::*;
use crate::local::kms;

/// Hands requests to the service as a socket would.
#[derive(Clone)]
struct Wire(Service);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let mut request =
                request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            // A socket's client would set what was signed.
            request.headers_mut().insert("host", http::HeaderValue::from_static("localhost"));
            let head = request.method() == http::Method::HEAD;
            let request = request.map(s3s::Body::http_body_unsync);
            let response =
                service.call(request).await.map_err(|e| ConnectorError::other(e.into(), None))?;
            let body = |body| if head { SdkBody::empty() } else { SdkBody::from_body_1_x(body) };
            HttpResponse::try_from(response.map(body))
                .map_err(|e| ConnectorError::other(e.into(), None))
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn wire(store: &Store) -> Wire {
    let keys: Keyring = Arc::new(|key: &str| {
        let principal = Principal::named(key).ok()?;
        Some(Identity { principal, secret: key.to_owned() })
    });
    Wire(Service::new(store.clone(), keys))
}

fn client(store: &Store, name: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new(name, secret, None, None, "test"))
        .endpoint_url("http://localhost")
        .force_path_style(true)
        .http_client(wire(store))
        .build();
    Client::from_conf(config)
}

fn root(store: &Store) -> Client {
    client(store, "local", "local")
}

/// The error's code, or its status where HEAD leaves no body.
fn code<T: fmt::Debug, E: ProvideErrorMetadata + fmt::Debug>(
    result: Result<T, SdkError<E, HttpResponse>>,
) -> String {
    match result.expect_err("should be refused") {
        SdkError::ServiceError(e) => {
            let status = e.raw().status().as_u16().to_string();
            e.err().code().map_or(status, str::to_owned)
        }
        other => panic!("{other:?}"),
    }
}

fn body(bytes: &'static [u8]) -> ByteStream {
    ByteStream::from_static(bytes)
}

#[tokio::test]
async fn signatures_are_checked() {
    let (_dir, store) = lake();
    assert!(root(&store).list_buckets().send().await.is_ok());
    assert_eq!(
        code(client(&store, "local", "wrong").list_buckets().send().await),
        "SignatureDoesNotMatch"
    );
    assert_eq!(
        code(client(&store, "no!body", "x").list_buckets().send().await),
        "InvalidAccessKeyId"
    );
    let anonymous = http::Request::get("http://localhost/lake/k")
        .header("host", "localhost")
        .body(s3s::Body::empty());
    let response = wire(&store).0.call(anonymous.unwrap()).await.unwrap();
    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    for (key, algorithm) in [
        ("a/crc32", Some(ChecksumAlgorithm::Crc32)),
        ("a/crc32c", Some(ChecksumAlgorithm::Crc32C)),
        ("a/crc64", Some(ChecksumAlgorithm::Crc64Nvme)),
        ("a/sha1", Some(ChecksumAlgorithm::Sha1)),
        ("a/sha256", Some(ChecksumAlgorithm::Sha256)),
        ("weird /é\u{1b}[31m\n//..", None),
    ] {
        let put = s3
            .put_object()
            .bucket("lake")
            .key(key)
            .body(body(b"hello lake"))
            .set_checksum_algorithm(algorithm)
            .content_type("text/plain")
            .metadata("sample", "NA12878")
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id("alias/key")
            .tagging("a=1")
            .send()
            .await
            .unwrap();
        assert_eq!(put.server_side_encryption, Some(ServerSideEncryption::AwsKms));
        let got = s3
            .get_object()
            .bucket("lake")
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        assert_eq!(got.e_tag, put.e_tag);
        assert_eq!(got.content_type(), Some("text/plain"));
        assert_eq!(got.metadata().unwrap()["sample"], "NA12878");
        assert_eq!(got.ssekms_key_id(), Some(kms::key_arn("alias/key").as_str()));
        assert_eq!(got.tag_count, Some(1));
        assert_eq!(got.content_length, Some(10));
        // The SDK compares the checksum as it reads.
        assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"hello lake");
        let head = s3
            .head_object()
            .bucket("lake")
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        assert_eq!(head.content_length, Some(10));
        let sums = [
            &head.checksum_crc32,
            &head.checksum_crc32_c,
            &head.checksum_crc64_nvme,
            &head.checksum_sha1,
            &head.checksum_sha256,
        ];
        assert_eq!(sums.iter().filter(|sum| sum.is_some()).count(), 1, "{key}");
        assert_eq!(head.checksum_type, Some(ChecksumType::FullObject));
    }
}

#[tokio::test]
async fn wrong_checksums_are_refused() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let put = || s3.put_object().bucket("lake").key("k").body(body(b"abc"));
    assert_eq!(code(put().checksum_crc32("AAAAAA==").send().await), "BadDigest");
    assert_eq!(code(put().checksum_crc64_nvme("AAAAAAAAAAA=").send().await), "BadDigest");
    assert_eq!(code(put().checksum_sha256("AAAA").send().await), "InvalidRequest");
    assert_eq!(code(put().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await), "BadDigest");
    assert_eq!(code(s3.head_object().bucket("lake").key("k").send().await), "NotFound");
    assert_eq!(
        put().content_md5("kAFQmDzST7DWlj99KOF/cg==").send().await.unwrap().e_tag().unwrap(),
        "\"900150983cd24fb0d6963f7d28e17f72\""
    );
}

#[tokio::test]
async fn ranges_and_conditions() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let put =
        s3.put_object().bucket("lake").key("k").body(body(b"0123456789")).send().await.unwrap();
    let etag = put.e_tag().unwrap();
    let get = || s3.get_object().bucket("lake").key("k");
    for (range, want, header) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=9-99", "9", "bytes 9-9/10"),
    ] {
        let got = get().range(range).checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        assert_eq!(got.content_range(), Some(header));
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), want.as_bytes(), "{range}");
    }
    assert_eq!(code(get().range("bytes=10-").send().await), "InvalidRange");
    assert_eq!(code(get().range("bytes=-0").send().await), "InvalidRange");
    assert!(get().if_match(etag).send().await.is_ok());
    assert_eq!(code(get().if_match("\"other\"").send().await), "PreconditionFailed");
    let same = get().if_none_match(etag).send().await.unwrap_err().into_service_error();
    assert_eq!(same.code(), Some("NotModified"));
    assert!(get().if_none_match("\"other\"").send().await.is_ok());
    let past = DateTime::from_secs(1_000_000_000);
    assert_eq!(code(get().if_unmodified_since(past).send().await), "PreconditionFailed");
    assert!(get().if_modified_since(past).send().await.is_ok());
    let head = s3.head_object().bucket("lake").key("k").range("bytes=0-0").send().await.unwrap();
    assert_eq!((head.content_length, head.content_range()), (Some(1), Some("bytes 0-0/10")));
    let got = get().response_content_type("x/y").part_number(1).send().await.unwrap();
    assert_eq!(got.content_type(), Some("x/y"));
    assert_eq!(code(get().part_number(2).send().await), "InvalidPartNumber");
    let again = s3.put_object().bucket("lake").key("k").if_none_match("*").body(body(b"x"));
    assert_eq!(code(again.send().await), "PreconditionFailed");
    assert!(
        s3.put_object()
            .bucket("lake")
            .key("k")
            .if_match(etag)
            .body(body(b"x"))
            .send()
            .await
            .is_ok()
    );
    assert_eq!(code(s3.get_object().bucket("lake").key("none").send().await), "NoSuchKey");
    assert_eq!(code(s3.get_object().bucket("no-such").key("none").send().await), "NoSuchBucket");
}

#[tokio::test]
async fn listings_page_and_fold() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let mut keys = [
        "l/a-b",
        "l/a/1",
        "l/a/2",
        "l/a0",
        "l/ü",
        "l/z",
        "l//double",
        "l/../up",
        "l/s p+c\u{1b}\n",
    ];
    for key in keys {
        s3.put_object().bucket("lake").key(key).body(body(b"x")).send().await.unwrap();
    }
    keys.sort_unstable();
    let mut pages = s3
        .list_objects_v2()
        .bucket("lake")
        .prefix("l/")
        .max_keys(2)
        .encoding_type(EncodingType::Url)
        .into_paginator()
        .send();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.key_count().unwrap() <= 2);
        for object in page.contents() {
            let key = object.key().unwrap();
            seen.push(percent_decode(key));
            assert_eq!(object.e_tag(), Some("\"9dd4e461268c8034f5c8564e155c67a6\""));
        }
    }
    assert_eq!(seen, keys);
    let folded = s3
        .list_objects_v2()
        .bucket("lake")
        .prefix("l/")
        .delimiter("/")
        .max_keys(3)
        .send()
        .await
        .unwrap();
    let prefixes: Vec<_> = folded.common_prefixes().iter().filter_map(|p| p.prefix()).collect();
    assert_eq!(prefixes, ["l/../", "l//"]);
    assert_eq!(folded.contents()[0].key(), Some("l/a-b"));
    let rest = s3
        .list_objects_v2()
        .bucket("lake")
        .prefix("l/")
        .delimiter("/")
        .encoding_type(EncodingType::Url)
        .set_continuation_token(folded.next_continuation_token)
        .send()
        .await
        .unwrap();
    assert_eq!(rest.common_prefixes()[0].prefix(), Some("l/a/"));
    assert_eq!(rest.contents().len(), 4);
    let first = s3
        .list_objects()
        .bucket("lake")
        .prefix("l/")
        .delimiter("/")
        .max_keys(1)
        .send()
        .await
        .unwrap();
    assert_eq!(first.next_marker(), Some("l/../"));
    let second = s3
        .list_objects()
        .bucket("lake")
        .prefix("l/")
        .delimiter("/")
        .marker("l/../")
        .max_keys(1)
        .send()
        .await
        .unwrap();
    assert_eq!(second.common_prefixes()[0].prefix(), Some("l//"));
    let many = keys.iter().map(|key| ObjectIdentifier::builder().key(*key).build().unwrap());
    let gone = s3
        .delete_objects()
        .bucket("lake")
        .delete(Delete::builder().set_objects(Some(many.collect())).build().unwrap());
    // A key with an escape character cannot stand in XML: it is deleted by itself.
    let _ = gone.send().await;
    s3.delete_object().bucket("lake").key("l/s p+c\u{1b}\n").send().await.unwrap();
}

fn percent_decode(text: &str) -> String {
    let pairs = format!("k={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap().1.into_owned()
}

#[tokio::test]
async fn parts_through_the_protocol() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let begun = s3
        .create_multipart_upload()
        .bucket("lake")
        .key("big")
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .checksum_type(ChecksumType::FullObject)
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id("alias/key")
        .send()
        .await
        .unwrap();
    assert_eq!(begun.checksum_algorithm, Some(ChecksumAlgorithm::Crc64Nvme));
    assert_eq!(begun.checksum_type, Some(ChecksumType::FullObject));
    let id = begun.upload_id().unwrap();
    let bodies = [vec![7u8; 5 << 20], b"tail".to_vec()];
    for (number, bytes) in (1..).zip(&bodies) {
        let part = s3.upload_part().bucket("lake").key("big").upload_id(id).part_number(number);
        let part = part
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .body(bytes.clone().into())
            .send()
            .await
            .unwrap();
        assert!(part.checksum_crc64_nvme().is_some());
        assert_eq!(part.ssekms_key_id(), Some(kms::key_arn("alias/key").as_str()));
    }
    let list = || s3.list_parts().bucket("lake").key("big").upload_id(id);
    let page = list().max_parts(1).send().await.unwrap();
    assert_eq!(
        (page.parts().len(), page.is_truncated, page.next_part_number_marker()),
        (1, Some(true), Some("1"))
    );
    let parts = list().send().await.unwrap();
    let uploads = s3.list_multipart_uploads().bucket("lake").send().await.unwrap();
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id));
    let complete = |parts: Vec<CompletedPart>, size: i64| {
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let call = s3
            .complete_multipart_upload()
            .bucket("lake")
            .key("big")
            .upload_id(id)
            .multipart_upload(upload);
        call.mpu_object_size(size).if_none_match("*").send()
    };
    let named: Vec<_> = parts
        .parts()
        .iter()
        .map(|part| {
            CompletedPart::builder()
                .set_part_number(part.part_number)
                .set_e_tag(part.e_tag.clone())
                .set_checksum_crc64_nvme(part.checksum_crc64_nvme.clone())
                .build()
        })
        .collect();
    let size = bodies.iter().map(Vec::len).sum::<usize>() as i64;
    let mut wrong = named.clone();
    wrong[0].e_tag = Some("\"00000000000000000000000000000000\"".into());
    assert_eq!(code(complete(wrong, size).await), "InvalidPart");
    let mut wrong = named.clone();
    wrong.reverse();
    assert_eq!(code(complete(wrong, size).await), "InvalidPartOrder");
    let mut wrong = named.clone();
    wrong[1].checksum_crc64_nvme = wrong[0].checksum_crc64_nvme.clone();
    assert_eq!(code(complete(wrong, size).await), "InvalidPart");
    assert_eq!(code(complete(named.clone(), size + 1).await), "InvalidRequest");
    let done = complete(named, size).await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    assert_eq!(done.checksum_type, Some(ChecksumType::FullObject));
    let got = s3
        .get_object()
        .bucket("lake")
        .key("big")
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(got.checksum_crc64_nvme(), done.checksum_crc64_nvme());
    assert!(got.body.collect().await.unwrap().to_vec() == bodies.concat());
    let tail = s3.get_object().bucket("lake").key("big").part_number(2).send().await.unwrap();
    assert_eq!(tail.parts_count, Some(2));
    assert_eq!(tail.body.collect().await.unwrap().to_vec(), b"tail");
    let wanted = [
        ObjectAttributes::Etag,
        ObjectAttributes::Checksum,
        ObjectAttributes::ObjectParts,
        ObjectAttributes::ObjectSize,
    ];
    let attributes = s3
        .get_object_attributes()
        .bucket("lake")
        .key("big")
        .set_object_attributes(Some(wanted.into()))
        .send()
        .await
        .unwrap();
    assert_eq!(attributes.object_size, Some(size));
    assert_eq!(attributes.object_parts().unwrap().total_parts_count, Some(2));
    assert_eq!(attributes.checksum().unwrap().checksum_crc64_nvme(), done.checksum_crc64_nvme());
    assert_eq!(code(list().send().await), "NoSuchUpload");
}

/// A key of characters that XML 1.0 has no place for, or that its readers change.
const HOSTILE: &str = "a\u{1}b\u{1b}[31mc\r\u{ffff} &#x1;";

#[tokio::test]
async fn keys_that_xml_cannot_hold_survive_every_answer() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let begin = || s3.create_multipart_upload().bucket("lake").key(HOSTILE).send();
    let begun = begin().await.unwrap();
    assert_eq!(begun.key(), Some(HOSTILE));
    let id = begun.upload_id.unwrap();
    let uploads = s3.list_multipart_uploads().bucket("lake").send().await.unwrap();
    assert_eq!(uploads.uploads()[0].key(), Some(HOSTILE));
    let part = s3.upload_part().bucket("lake").key(HOSTILE).upload_id(&id).part_number(1);
    let tag = part.body(body(b"hello lake")).send().await.unwrap().e_tag;
    let parts = s3.list_parts().bucket("lake").key(HOSTILE).upload_id(&id).send().await.unwrap();
    assert_eq!((parts.key(), parts.parts().len()), (Some(HOSTILE), 1));
    let part = CompletedPart::builder().part_number(1).set_e_tag(tag).build();
    let whole = CompletedMultipartUpload::builder().parts(part).build();
    let complete = s3.complete_multipart_upload().bucket("lake").key(HOSTILE).upload_id(&id);
    let done = complete.multipart_upload(whole).send().await.unwrap();
    assert_eq!(done.key(), Some(HOSTILE));

    let listed = s3.list_objects_v2().bucket("lake").send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some(HOSTILE));
    let folded = s3.list_objects().bucket("lake").delimiter("\r").send().await.unwrap();
    assert_eq!(folded.common_prefixes()[0].prefix(), HOSTILE.split_inclusive('\r').next());
    let versions = s3.list_object_versions().bucket("lake").send().await.unwrap();
    assert_eq!(versions.versions()[0].key(), Some(HOSTILE));

    let id = begin().await.unwrap().upload_id.unwrap();
    let abort = || s3.abort_multipart_upload().bucket("lake").key(HOSTILE).upload_id(&id).send();
    abort().await.unwrap();
    assert_eq!(code(abort().await), "NoSuchUpload");
    // An error that names the key can be read too.
    let analyst = client(&store, "analyst", "analyst");
    let denied = analyst.delete_object().bucket("lake").key(HOSTILE).send().await;
    assert_eq!(code(denied), "AccessDenied");
    let object = ObjectIdentifier::builder().key(HOSTILE).build().unwrap();
    let gone = Delete::builder().objects(object).build().unwrap();
    let gone = s3.delete_objects().bucket("lake").delete(gone).send().await.unwrap();
    assert_eq!((gone.deleted()[0].key(), gone.errors().len()), (Some(HOSTILE), 0));
}

#[tokio::test]
async fn an_object_that_is_xml_is_given_byte_for_byte() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let bytes = b"<?xml version=\"1.0\"?>\r\n<a>\x01</a>";
    let put = s3.put_object().bucket("lake").key("x.xml").content_type("application/xml");
    put.body(body(bytes)).send().await.unwrap();
    let got = s3.get_object().bucket("lake").key("x.xml").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), bytes);
}

#[tokio::test]
async fn parts_copied_from_an_object() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    let whole: Vec<u8> = (0..(5usize << 20) + 10).map(|n| n as u8).collect();
    s3.put_object().bucket("lake").key("from").body(whole.clone().into()).send().await.unwrap();
    let begun = s3.create_multipart_upload().bucket("lake").key("to").send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let copy = |number: i32, range: &str| {
        let part = s3.upload_part_copy().bucket("lake").key("to").upload_id(id).part_number(number);
        part.copy_source("lake/from").copy_source_range(range).send()
    };
    assert_eq!(code(copy(1, "bytes=0-99999999").await), "InvalidArgument");
    assert_eq!(code(copy(1, "bytes=5-").await), "InvalidArgument");
    let mut parts = Vec::new();
    for (number, range) in [(1, "bytes=0-5242879"), (2, "bytes=5242880-5242889")] {
        let etag = copy(number, range).await.unwrap().copy_part_result.unwrap().e_tag;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let done = s3.complete_multipart_upload().bucket("lake").key("to").upload_id(id);
    done.multipart_upload(upload).send().await.unwrap();
    let got = s3.get_object().bucket("lake").key("to").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == whole);
}

#[tokio::test]
async fn versions_and_markers() {
    let (dir, store) = lake();
    let s3 = root(&store);
    s3.put_object().bucket("lake").key("k").body(body(b"null")).send().await.unwrap();
    let on = VersioningConfiguration::builder().status("Enabled".into()).build();
    s3.put_bucket_versioning().bucket("lake").versioning_configuration(on).send().await.unwrap();
    let one = s3
        .put_object()
        .bucket("lake")
        .key("k")
        .body(body(b"one"))
        .send()
        .await
        .unwrap()
        .version_id
        .unwrap();
    let two = s3
        .put_object()
        .bucket("lake")
        .key("k")
        .body(body(b"two"))
        .send()
        .await
        .unwrap()
        .version_id
        .unwrap();
    let gone = s3.delete_object().bucket("lake").key("k").send().await.unwrap();
    assert_eq!(gone.delete_marker, Some(true));
    let marker = gone.version_id.unwrap();
    assert_eq!(code(s3.get_object().bucket("lake").key("k").send().await), "NoSuchKey");
    assert!(!dir.path().join("buckets/lake/k").exists());
    let read = |version: &str| {
        let get = s3.get_object().bucket("lake").key("k").version_id(version).send();
        async { get.await.unwrap().body.collect().await.unwrap().to_vec() }
    };
    assert_eq!(read("null").await, b"null");
    assert_eq!(read(&one).await, b"one");
    assert_eq!(read(&two).await, b"two");
    assert_eq!(
        code(s3.get_object().bucket("lake").key("k").version_id(&marker).send().await),
        "MethodNotAllowed"
    );
    assert_eq!(
        code(s3.get_object().bucket("lake").key("k").version_id("nonsense").send().await),
        "NoSuchVersion"
    );
    let list = || s3.list_object_versions().bucket("lake");
    let all = list().send().await.unwrap();
    let ids: Vec<_> = all.versions().iter().filter_map(|v| v.version_id()).collect();
    assert_eq!(ids, [two.as_str(), &one, "null"]);
    assert_eq!(all.delete_markers()[0].is_latest, Some(true));
    assert!(all.versions().iter().all(|v| v.is_latest == Some(false)));
    let page = list().max_keys(2).send().await.unwrap();
    assert_eq!(
        (page.next_key_marker(), page.next_version_id_marker()),
        (Some("k"), Some(two.as_str()))
    );
    let rest = list().key_marker("k").version_id_marker(&two).send().await.unwrap();
    assert_eq!(rest.versions().len(), 2);
    // Undelete: the marker goes, the newest version is the object again.
    s3.delete_object().bucket("lake").key("k").version_id(&marker).send().await.unwrap();
    assert_eq!(std::fs::read(dir.path().join("buckets/lake/k")).unwrap(), b"two");
    s3.delete_object().bucket("lake").key("k").version_id(&two).send().await.unwrap();
    let now = s3.get_object().bucket("lake").key("k").send().await.unwrap();
    assert_eq!(now.version_id(), Some(one.as_str()));
    assert_eq!(code(s3.delete_bucket().bucket("lake").send().await), "BucketNotEmpty");
    for version in [one.as_str(), "null"] {
        s3.delete_object().bucket("lake").key("k").version_id(version).send().await.unwrap();
    }
    assert!(list().send().await.unwrap().versions().is_empty());
    s3.delete_bucket().bucket("lake").send().await.unwrap();
    assert_eq!(code(s3.head_bucket().bucket("lake").send().await), "NotFound");
}

#[tokio::test]
async fn copies_tags_and_settings() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    s3.put_object()
        .bucket("lake")
        .key("from é")
        .body(body(b"abc"))
        .content_type("text/csv")
        .metadata("a", "1")
        .tagging("t=1")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send()
        .await
        .unwrap();
    let copy =
        |key: &str| s3.copy_object().bucket("lake").key(key).copy_source("lake/from%20%C3%A9");
    let kept = copy("kept")
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id("alias/k")
        .send()
        .await
        .unwrap();
    assert!(kept.copy_object_result().unwrap().checksum_sha256().is_some());
    assert_eq!(kept.ssekms_key_id(), Some(kms::key_arn("alias/k").as_str()));
    let head = s3.head_object().bucket("lake").key("kept").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap().len()), (Some("text/csv"), 1));
    copy("new")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("b", "2")
        .send()
        .await
        .unwrap();
    let head = s3.head_object().bucket("lake").key("new").send().await.unwrap();
    assert_eq!(head.content_type(), Some("binary/octet-stream"));
    assert_eq!(head.metadata().unwrap()["b"], "2");
    assert_eq!(code(copy("from é").send().await), "InvalidRequest");
    assert_eq!(code(copy("x").copy_source_if_match("\"no\"").send().await), "PreconditionFailed");
    let tags = s3.get_object_tagging().bucket("lake").key("kept").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].key(), "t");
    let tagging = Tagging::builder()
        .tag_set(Tag::builder().key("k").value("v").build().unwrap())
        .build()
        .unwrap();
    s3.put_object_tagging().bucket("lake").key("kept").tagging(tagging).send().await.unwrap();
    let tags = s3.get_object_tagging().bucket("lake").key("kept").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].key(), "k");
    s3.delete_object_tagging().bucket("lake").key("kept").send().await.unwrap();
    assert!(
        s3.get_object_tagging()
            .bucket("lake")
            .key("kept")
            .send()
            .await
            .unwrap()
            .tag_set()
            .is_empty()
    );

    let encryption = s3.get_bucket_encryption().bucket("lake").send().await.unwrap();
    assert_eq!(encryption.server_side_encryption_configuration().unwrap().rules().len(), 1);
    assert!(s3.get_public_access_block().bucket("lake").send().await.is_ok());
    let location = s3.get_bucket_location().bucket("lake").send().await.unwrap();
    assert!(location.location_constraint().is_none_or(|place| place.as_str().is_empty()));
    assert_eq!(code(s3.get_bucket_policy().bucket("lake").send().await), "NoSuchBucketPolicy");
    assert_eq!(
        code(s3.put_bucket_policy().bucket("lake").policy("{}").send().await),
        "MalformedPolicy"
    );
    assert_eq!(code(s3.create_bucket().bucket("lake").send().await), "BucketAlreadyOwnedByYou");
}

#[tokio::test]
async fn the_policy_speaks_to_every_way_of_writing() {
    let (_dir, store) = lake();
    let s3 = root(&store);
    s3.put_object().bucket("lake").key("old").body(body(b"x")).send().await.unwrap();
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
        "Resource":"arn:aws:s3:::lake/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"#;
    s3.put_bucket_policy().bucket("lake").policy(deny).send().await.unwrap();
    let kms = ServerSideEncryption::AwsKms;
    let put = || s3.put_object().bucket("lake").key("k").body(body(b"x"));
    assert_eq!(code(put().send().await), "AccessDenied");
    assert!(put().server_side_encryption(kms.clone()).send().await.is_ok());
    let begin = || s3.create_multipart_upload().bucket("lake").key("k");
    assert_eq!(code(begin().send().await), "AccessDenied");
    let id = begin().server_side_encryption(kms.clone()).send().await.unwrap().upload_id.unwrap();
    let part =
        s3.upload_part().bucket("lake").key("k").upload_id(&id).part_number(1).body(body(b"x"));
    assert!(part.send().await.is_ok(), "parts need no header of their own");
    let copy = || s3.copy_object().bucket("lake").key("k2").copy_source("lake/old");
    assert_eq!(code(copy().send().await), "AccessDenied");
    assert!(copy().server_side_encryption(kms.clone()).send().await.is_ok());

    let analyst = client(&store, "analyst", "analyst");
    assert!(analyst.get_object().bucket("lake").key("k").send().await.is_ok());
    assert_eq!(code(analyst.delete_object().bucket("lake").key("k").send().await), "AccessDenied");
    assert_eq!(code(analyst.create_bucket().bucket("mine").send().await), "AccessDenied");
    assert_eq!(
        code(analyst.put_bucket_policy().bucket("lake").policy(deny).send().await),
        "AccessDenied"
    );
    assert_eq!(code(analyst.delete_bucket_policy().bucket("lake").send().await), "AccessDenied");
    s3.delete_bucket_policy().bucket("lake").send().await.unwrap();
    assert!(put().send().await.is_ok());
}
