//! Answers in the two protocols that are not S3's: JSON 1.1 and the query protocol's XML.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde_json::{Value, json};

use super::super::ApiError;
use super::sigv4::Refusal;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const XML: HeaderValue = HeaderValue::from_static("text/xml");
/// STS's only version, and the namespace of its answers.
pub(super) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

fn respond(status: u16, kind: HeaderValue, body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.into()));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// What an operation answered.
pub(super) fn json(result: Result<Value, ApiError>) -> Response<Body> {
    match result {
        Ok(Value::Null) => respond(200, JSON, "{}"),
        Ok(value) => respond(200, JSON, value.to_string()),
        Err(error) => json_error(&error),
    }
}

/// The same as a REST service answers it.
pub(super) fn rest(result: Result<Value, ApiError>) -> Response<Body> {
    let mut answer = json(result);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// An error as JSON 1.1 carries it: the type in the body and in a header.
pub(super) fn json_error(error: &ApiError) -> Response<Body> {
    let body = json!({ "__type": error.code, "message": error.message, "Message": error.message });
    let mut answer = respond(error.status, JSON, body.to_string());
    if let Ok(code) = HeaderValue::from_str(&error.code) {
        answer.headers_mut().insert("x-amzn-errortype", code);
    }
    answer
}

/// A document of the query protocol.
pub(super) fn xml(status: u16, document: String) -> Response<Body> {
    respond(status, XML, document)
}

/// An error as the query protocol carries it.
pub(super) fn xml_error(error: &ApiError, request_id: &str) -> Response<Body> {
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    let document = format!(
        "<ErrorResponse xmlns=\"{STS}\"><Error><Type>{fault}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escaped(&error.code),
        escaped(&error.message),
    );
    xml(error.status, document)
}

/// Text as XML holds it.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// Which protocol a refusal is to be told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Json,
    Query,
}

/// A refused signature in the words and codes that AWS uses for it.
pub(super) fn refused(refusal: &Refusal, protocol: Protocol) -> ApiError {
    let json = protocol == Protocol::Json;
    let (code, message) = match refusal {
        Refusal::Missing if json => {
            ("MissingAuthenticationTokenException", "Missing Authentication Token".to_owned())
        }
        Refusal::Missing => {
            ("MissingAuthenticationToken", "Request is missing Authentication Token".to_owned())
        }
        Refusal::Incomplete(why) if json => ("IncompleteSignatureException", (*why).to_owned()),
        Refusal::Incomplete(why) => ("IncompleteSignature", (*why).to_owned()),
        Refusal::UnknownKey => {
            let code = if json { "UnrecognizedClientException" } else { "InvalidClientTokenId" };
            (code, "The security token included in the request is invalid.".to_owned())
        }
        Refusal::Skewed { sent, now } => (
            if json { "InvalidSignatureException" } else { "SignatureDoesNotMatch" },
            format!("Signature expired: {sent} is more than 15 minutes away from {now}"),
        ),
        Refusal::Mismatch => (
            if json { "InvalidSignatureException" } else { "SignatureDoesNotMatch" },
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details."
                .to_owned(),
        ),
    };
    let status = match refusal {
        Refusal::Incomplete(_) => 400,
        _ if json => 400,
        _ => 403,
    };
    ApiError { code: code.to_owned(), message, status }
}
