//! The lake's one entrance: every request, from a socket or from within the process, comes
//! through [`Door::answer`] and is known by its signature before a service sees it.

mod answer;
pub mod connector;
pub mod keys;
pub mod serve;
mod sigv4;
mod sts;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use s3s::Body;
use serde_json::Value;

use super::ApiError;
use super::athena::Athena;
use super::glue::Glue;
use super::kms;
use super::lakeformation::LakeFormation;
use super::principal::Principal;
use super::s3::{self, Store};
use answer::Protocol;
use keys::Keys;

/// The most a request of a JSON or query service may weigh. Athena's longest statement is a
/// quarter of a MiB, Glue's largest batch a few.
const REQUEST_LIMIT: usize = 16 << 20;

/// What requests to Lake Formation are signed for.
const FORMATION: &str = "lakeformation";

/// The services behind the door.
pub(super) struct Door {
    keys: Keys,
    s3: s3::Service,
    glue: Glue,
    athena: Athena,
    formation: LakeFormation,
}

/// Who a request is for.
#[derive(Debug, PartialEq, Eq)]
enum Addressee {
    /// The part of `X-Amz-Target` before and after the dot.
    Json {
        service: String,
        operation: String,
    },
    /// Lake Formation: the operation is the path.
    Rest {
        operation: String,
    },
    /// STS.
    Query,
    S3,
}

impl Door {
    pub(super) fn new(
        keys: Keys,
        store: Store,
        glue: Glue,
        athena: Athena,
        formation: LakeFormation,
    ) -> Self {
        let s3 = s3::Service::new(store, keyring(keys.clone()));
        Self { keys, s3, glue, athena, formation }
    }

    /// Answers one request. Every answer bears a request id.
    pub(super) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let id = uuid::Uuid::new_v4().to_string();
        let addressee = addressee(&request);
        let mut answer = match &addressee {
            Addressee::S3 => self.s3(request).await,
            Addressee::Query => self.query(request, &id).await,
            Addressee::Json { service, operation } => {
                answer::json(self.json(request, service, operation).await)
            }
            Addressee::Rest { operation } => {
                answer::rest(self.json(request, FORMATION, operation).await)
            }
        };
        let name = match addressee {
            Addressee::S3 => "x-amz-request-id",
            _ => "x-amzn-requestid",
        };
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert(name, id);
        }
        answer
    }

    async fn s3(&self, request: Request<Body>) -> Response<Body> {
        let head = request.method() == Method::HEAD;
        match self.s3.call(request).await {
            // An error's document must not follow HEAD; hyper would drop it on a socket.
            Ok(answer) if head => answer.map(|_| Body::empty()),
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(?error, "the local lake's S3 gave no answer");
                let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error>\
                     <Code>InternalError</Code><Message>the local lake failed</Message></Error>";
                answer::xml(500, document.to_owned())
            }
        }
    }

    async fn json(
        &self,
        request: Request<Body>,
        service: &str,
        operation: &str,
    ) -> Result<Value, ApiError> {
        let (parts, body) = request.into_parts();
        let body = gathered(body).await?;
        let who = self.let_in(&parts, &body, Protocol::Json)?;
        let input = parse(&body)?;
        match service {
            "AmazonAthena" => self.athena.call(&who, operation, input).await,
            "AWSGlue" => self.glue.call(&who, operation, input).await,
            "TrentService" => kms::call(&who, operation, &input),
            FORMATION => self.formation.call(&who, operation, input).await,
            _ => Err(unknown_operation(service, operation)),
        }
    }

    async fn query(&self, request: Request<Body>, id: &str) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let result = match gathered(body).await {
            Ok(body) => self
                .let_in(&parts, &body, Protocol::Query)
                .and_then(|who| sts::call(&who, &body, id)),
            Err(error) => Err(error),
        };
        result.unwrap_or_else(|error| answer::xml_error(&error, id))
    }

    fn let_in(&self, parts: &Parts, body: &[u8], how: Protocol) -> Result<Principal, ApiError> {
        sigv4::verify(parts, body, Timestamp::now(), |key| self.keys.find(key))
            .map_err(|refusal| answer::refused(&refusal, how))
    }
}

fn addressee(request: &Request<Body>) -> Addressee {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(target) = header("x-amz-target") {
        let (service, operation) = target.rsplit_once('.').unwrap_or((target, ""));
        return Addressee::Json { service: service.to_owned(), operation: operation.to_owned() };
    }
    // Its paths are names that no bucket may have, but what was signed for is what counts.
    if header(header::AUTHORIZATION.as_str()).and_then(sigv4::signed_for) == Some(FORMATION) {
        let operation = request.uri().path().trim_start_matches('/').to_owned();
        return Addressee::Rest { operation };
    }
    let form = header(header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    // S3's own form upload is multipart/form-data, and to a bucket.
    if form && request.method() == Method::POST && request.uri().path() == "/" {
        return Addressee::Query;
    }
    Addressee::S3
}

/// The whole body, as far as the limit.
async fn gathered(body: Body) -> Result<Bytes, ApiError> {
    let whole = Limited::new(body, REQUEST_LIMIT).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            let message = format!("the request is larger than {REQUEST_LIMIT} bytes");
            return ApiError {
                code: "RequestEntityTooLargeException".into(),
                message,
                status: 413,
            };
        }
        let message = format!("the request broke off: {error}");
        ApiError { code: "SerializationException".into(), message, status: 400 }
    })
}

fn parse(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| ApiError {
        code: "SerializationException".to_owned(),
        // Where it stops making sense, without what stands there.
        message: format!("no JSON at line {} column {}", error.line(), error.column()),
        status: 400,
    })
}

fn unknown_operation(service: &str, operation: &str) -> ApiError {
    ApiError {
        code: "UnknownOperationException".to_owned(),
        message: format!("the local lake does not have the operation {service}.{operation}"),
        status: 400,
    }
}

/// What is left to say when a part of the lake broke down.
pub(super) fn failed() -> Response<Body> {
    answer::json_error(&ApiError {
        code: "InternalFailure".to_owned(),
        message: "the local lake failed over this request; its log says why".to_owned(),
        status: 500,
    })
}

/// The keys as S3 asks for them.
fn keyring(keys: Keys) -> s3::Keyring {
    Arc::new(move |access_key| {
        let (principal, secret) = keys.find(access_key)?;
        Some(s3::Identity { principal, secret })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn requests_find_their_service() {
        let glue = request("POST", "/", &[("x-amz-target", "AWSGlue.GetTables")]);
        let expected = Addressee::Json { service: "AWSGlue".into(), operation: "GetTables".into() };
        assert_eq!(addressee(&glue), expected);
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        assert_eq!(addressee(&request("POST", "/", &form)), Addressee::Query);
        assert_eq!(addressee(&request("POST", "/b?delete", &form)), Addressee::S3);
        assert_eq!(addressee(&request("GET", "/", &[])), Addressee::S3);
        let signed = |service: &str| {
            let scope = format!("Credential=k/20261121/eu-west-2/{service}/aws4_request");
            let claim = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00");
            addressee(&request("POST", "/ListResources", &[("authorization", &claim)]))
        };
        let expected = Addressee::Rest { operation: "ListResources".into() };
        assert_eq!(signed("lakeformation"), expected);
        assert_eq!(signed("s3"), Addressee::S3);
    }

    #[test]
    fn bad_json_is_not_quoted_back() {
        let why = parse(b"{\"secret\": oops").unwrap_err();
        assert_eq!(why.code, "SerializationException");
        assert!(!why.message.contains("oops"));
        assert_eq!(parse(b"").unwrap(), serde_json::json!({}));
    }
}
