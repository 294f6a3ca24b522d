//! A service said no: its code becomes a kind, a sentence and a hint.

use super::super::ask::Ask;
use super::{Circumstances, tidy};
use crate::model::trouble::{Kind, Trouble};

/// What a service said.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    /// Empty for HEAD, whose answers have no body.
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

pub(super) fn answered(ask: &Ask, answer: &Answer<'_>, about: &Circumstances) -> Trouble {
    let kind = kind_of(answer);
    let trouble = Trouble::new(kind, &ask.what, sentence(ask, answer, kind));
    let mut trouble = match hint(ask, answer, kind, about) {
        Some(hint) => trouble.hint(hint),
        None => trouble,
    };
    trouble.code = Some(answer.code.to_owned())
        .filter(|code| !code.is_empty())
        .or_else(|| Some(format!("HTTP {}", answer.status)));
    trouble
}

fn kind_of(answer: &Answer<'_>) -> Kind {
    match answer.code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            Kind::Expired
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "Forbidden"
        | "AllAccessDisabled"
        | "KMS.AccessDeniedException"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidToken"
        | "RequestTimeTooSkewed" => Kind::Denied,
        "NoSuchBucket"
        | "NoSuchKey"
        | "NotFound"
        | "NoSuchVersion"
        | "NoSuchUpload"
        | "EntityNotFoundException"
        | "ResourceNotFoundException" => Kind::NotFound,
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "TemporaryRedirect"
        | "IllegalLocationConstraintException" => Kind::WrongRegion,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "ConcurrentRunsExceededException" => Kind::Throttled,
        "PreconditionFailed" | "ConditionalRequestConflict" => Kind::Precondition,
        "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" => Kind::Integrity,
        "InvalidRequestException"
        | "InvalidInputException"
        | "ValidationException"
        | "InvalidArgument"
        | "InvalidRequest" => Kind::Invalid,
        _ => match answer.status {
            401 | 403 => Kind::Denied,
            404 => Kind::NotFound,
            409 | 412 => Kind::Precondition,
            429 | 503 => Kind::Throttled,
            _ => Kind::Other,
        },
    }
}

fn sentence(ask: &Ask, answer: &Answer<'_>, kind: Kind) -> String {
    let said = tidy(answer.message);
    match kind {
        Kind::Expired => "the session has expired".to_owned(),
        Kind::NotFound if answer.code == "NoSuchBucket" => match bucket_of(&ask.resource) {
            Some(bucket) => format!("there is no bucket {bucket}"),
            None => "there is no such bucket".to_owned(),
        },
        Kind::NotFound if said.is_empty() || answer.code == "NoSuchKey" => {
            "there is nothing of that name".to_owned()
        }
        Kind::WrongRegion => "the bucket is in another region".to_owned(),
        Kind::Denied if said.is_empty() => "access denied".to_owned(),
        Kind::Denied if said.eq_ignore_ascii_case("access denied") => "access denied".to_owned(),
        Kind::Precondition if answer.status == 412 => {
            "an object of that name is there already, or has changed meanwhile".to_owned()
        }
        _ if answer.code.is_empty() && (200..300).contains(&answer.status) => {
            format!("the answer makes no sense (HTTP {}): no AWS service gave it", answer.status)
        }
        _ if said.is_empty() && answer.code.is_empty() => {
            format!("the service answered HTTP {} without a reason", answer.status)
        }
        _ if said.is_empty() => answer.code.to_owned(),
        _ if answer.code.is_empty() => said,
        _ => format!("{}: {said}", answer.code),
    }
}

fn hint(ask: &Ask, answer: &Answer<'_>, kind: Kind, about: &Circumstances) -> Option<String> {
    match kind {
        Kind::Expired => Some(format!("run: {}", about.login())),
        Kind::Denied => Some(match answer.code {
            "InvalidAccessKeyId" | "UnrecognizedClientException" | "InvalidClientTokenId" => {
                "the access key is unknown there: check the profile and the endpoint".to_owned()
            }
            "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
                "the secret key does not fit the access key, or the clock is wrong".to_owned()
            }
            "RequestTimeTooSkewed" => "the clock of this machine is wrong".to_owned(),
            "InvalidToken" => format!("log in again: {}", about.login()),
            _ => format!("it needs {} on {}", ask.action, ask.resource),
        }),
        Kind::WrongRegion => Some(format!("set region in [lakes.{}] or AWS_REGION", about.lake)),
        Kind::NotFound if answer.code == "NoSuchBucket" => {
            Some("`lakehand ls` names the buckets".to_owned())
        }
        Kind::Throttled => Some("try again in a moment".to_owned()),
        Kind::Other if answer.status == 400 && answer.code.is_empty() && !about.embedded => {
            Some(format!("expired credentials look like this: try {}", about.login()))
        }
        _ => None,
    }
}

/// The bucket of an S3 ARN.
fn bucket_of(resource: &str) -> Option<&str> {
    resource.strip_prefix("arn:aws:s3:::")?.split('/').next().filter(|bucket| !bucket.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uri::S3Uri;

    fn about() -> Circumstances {
        Circumstances {
            lake: "tre".into(),
            profile: Some("tre-lake".into()),
            region: "eu-west-2".into(),
            embedded: false,
            endpoint: None,
        }
    }

    fn said(status: u16, code: &str, message: &str) -> String {
        let ask = Ask::bucket("s3:ListBucket", "list", &S3Uri::new("b", "p/"));
        answered(&ask, &Answer { status, code, message }, &about()).to_string()
    }

    #[test]
    fn an_expired_session_names_the_very_command() {
        assert_eq!(
            said(400, "ExpiredToken", "The provided token has expired."),
            "list s3://b/p/: the session has expired (run: aws sso login --profile tre-lake)"
        );
    }

    #[test]
    fn a_denial_names_action_and_resource() {
        assert_eq!(
            said(403, "AccessDenied", "Access Denied"),
            "list s3://b/p/: access denied (it needs s3:ListBucket on arn:aws:s3:::b)"
        );
        assert_eq!(
            said(403, "", ""),
            "list s3://b/p/: access denied (it needs s3:ListBucket on arn:aws:s3:::b)"
        );
        assert!(
            said(403, "AccessDenied", "User: arn:x is not authorized.")
                .contains("AccessDenied: User: arn:x is not authorized (it needs s3:ListBucket")
        );
    }

    #[test]
    fn a_missing_bucket_is_named() {
        assert_eq!(
            said(404, "NoSuchBucket", "The specified bucket does not exist"),
            "list s3://b/p/: there is no bucket b (`lakehand ls` names the buckets)"
        );
    }

    #[test]
    fn the_unknown_is_said_verbatim() {
        assert_eq!(
            said(418, "Teapot", "short\nand stout."),
            "list s3://b/p/: Teapot: short and stout"
        );
        assert!(said(500, "", "").contains("HTTP 500 without a reason"));
        assert!(said(200, "", "").contains("makes no sense (HTTP 200)"));
        // CopyObject may fail after it has begun to answer.
        assert!(said(200, "InternalError", "Try again.").ends_with("InternalError: Try again"));
    }
}
