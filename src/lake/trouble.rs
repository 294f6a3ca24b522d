//! From an SDK error to one sentence that a person can act on.

use std::error::Error;
use std::io;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::ask::{Ask, Service};
use crate::model::trouble::{Kind, Trouble};

/// An SDK call that did not work out.
pub(crate) type Failed<E> = SdkError<E, HttpResponse>;

/// What every operation's error type can do.
pub(crate) trait ServiceFault: ProvideErrorMetadata + Error + Send + Sync + 'static {}
impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> ServiceFault for E {}

/// What the hints are made of.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    /// The lake's name in the configuration.
    pub(crate) lake: String,
    pub(crate) profile: Option<String>,
    pub(crate) region: String,
    /// Where it is not AWS's own.
    pub(crate) endpoint: Option<String>,
}

impl Circumstances {
    /// The very command that renews an SSO session.
    fn login(&self) -> String {
        let profile = self
            .profile
            .clone()
            .or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()))
            .unwrap_or_else(|| "default".to_owned());
        format!("aws sso login --profile {profile}")
    }

    fn host(&self, service: Service) -> String {
        match &self.endpoint {
            Some(url) => url.clone(),
            None => format!("https://{}.{}.amazonaws.com", service.name(), self.region),
        }
    }
}

/// The sentence for a failed call.
pub(crate) fn explain<E: ServiceFault>(
    ask: &Ask,
    error: &Failed<E>,
    about: &Circumstances,
) -> Trouble {
    let mut trouble = match error {
        SdkError::ServiceError(fault) => {
            let answer = Answer {
                status: fault.raw().status().as_u16(),
                code: fault.err().code().unwrap_or_default(),
                message: fault.err().message().unwrap_or_default(),
            };
            answered(ask, &answer, about)
        }
        SdkError::ResponseError(_) if broke_off(error) => {
            let why = format!(
                "{} broke off in the middle of its answer: {}",
                about.host(ask.service),
                innermost(error)
            );
            Trouble::new(Kind::Unreachable, &ask.what, why).hint(network_hint(about))
        }
        SdkError::ResponseError(fault) => {
            let status = fault.raw().status().as_u16();
            let why = format!(
                "{} gave an answer that makes no sense (HTTP {status}): {}",
                about.host(ask.service),
                innermost(error)
            );
            Trouble::new(Kind::Other, &ask.what, why)
        }
        _ => unanswered(ask, error, about),
    };
    trouble.request_id = error.request_id().map(ToOwned::to_owned);
    trouble
}

/// What a service said.
struct Answer<'a> {
    status: u16,
    /// Empty for HEAD, whose answers have no body.
    code: &'a str,
    message: &'a str,
}

fn answered(ask: &Ask, answer: &Answer<'_>, about: &Circumstances) -> Trouble {
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
        | "NotFoundException"
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
        "InvalidObjectState" | "ObjectNotInActiveTierError" => Kind::Invalid,
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
        // Some stores give it no message.
        _ if answer.code == "InvalidBucketName" => match bucket_of(&ask.resource) {
            Some(bucket) => format!("{bucket} is not a name that a bucket can have"),
            None => "no bucket can have that name".to_owned(),
        },
        Kind::NotFound if said.is_empty() || answer.code == "NoSuchKey" => {
            "there is nothing of that name".to_owned()
        }
        // One code for both: an archived object is read, and one that is not is restored.
        _ if answer.code == "InvalidObjectState" && ask.action == "s3:RestoreObject" => {
            "it is not archived: there is nothing to restore".to_owned()
        }
        _ if matches!(answer.code, "InvalidObjectState" | "ObjectNotInActiveTierError") => {
            "it is archived, and has to be restored before it can be read".to_owned()
        }
        _ if answer.code == "RestoreAlreadyInProgress" => "it is being restored already".to_owned(),
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
        Kind::Other if answer.status == 400 && answer.code.is_empty() => {
            Some(format!("expired credentials look like this: try {}", about.login()))
        }
        _ => None,
    }
}

/// The bucket of an S3 ARN.
fn bucket_of(resource: &str) -> Option<&str> {
    resource.strip_prefix("arn:aws:s3:::")?.split('/').next().filter(|bucket| !bucket.is_empty())
}

/// One line, without the full stop that a sentence in the middle of another cannot have.
fn tidy(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.strip_suffix('.').map_or(line.clone(), ToOwned::to_owned)
}

/// No answer came: credentials, name, connection, trust, time.
fn unanswered<E: ServiceFault>(ask: &Ask, error: &Failed<E>, about: &Circumstances) -> Trouble {
    let words = chain(error).map(ToString::to_string).collect::<Vec<_>>();
    let host = about.host(ask.service);
    if let Some(trouble) = credentials_trouble(ask, error, &words, about) {
        return trouble;
    }
    if let SdkError::TimeoutError(_) = error {
        return Trouble::new(
            Kind::Unreachable,
            &ask.what,
            format!("{host} did not answer in time"),
        )
        .hint(network_hint(about));
    }
    if let SdkError::ConstructionFailure(_) = error {
        return Trouble::new(Kind::Invalid, &ask.what, tidy(&innermost(error)));
    }
    let said = words.join(": ").to_lowercase();
    let why = if said.contains("certificate") {
        return Trouble::new(
            Kind::Unreachable,
            &ask.what,
            format!("{host} shows a certificate that is not trusted: {}", innermost(error)),
        )
        .hint("set AWS_CA_BUNDLE to the PEM file of the authority that signed it");
    } else if said.contains("tunnel error") {
        format!("the proxy of HTTPS_PROXY opens no way to {host}")
    } else if said.contains("dns error") || said.contains("failed to lookup address") {
        format!("{host} cannot be found: no such host")
    } else if said.contains("timed out") || said.contains("timeout") {
        format!("{host} did not answer in time")
    } else if let Some(io) = chain(error).find_map(|link| link.downcast_ref::<io::Error>()) {
        format!("{host} cannot be reached: {}", plain(io))
    } else {
        format!("{host} cannot be reached: {}", innermost(error))
    };
    Trouble::new(Kind::Unreachable, &ask.what, why).hint(network_hint(about))
}

/// True where the connection ended before the answer did, rather than the answer being wrong.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    // hyper's own errors are not named by the crates that are depended on here.
    const SAID: [&str; 2] =
        ["connection closed before message completed", "error reading a body from connection"];
    chain(error).any(|link| {
        link.downcast_ref::<io::Error>().is_some()
            || SAID.iter().any(|said| link.to_string().contains(said))
    })
}

fn network_hint(about: &Circumstances) -> String {
    match &about.endpoint {
        Some(_) => "check that the endpoint is right and its server runs".to_owned(),
        None => "check the network, the region and HTTPS_PROXY".to_owned(),
    }
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
        io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was closed in the middle".to_owned(),
        _ => error.to_string(),
    }
}

fn credentials_trouble(
    ask: &Ask,
    error: &(dyn Error + 'static),
    words: &[String],
    about: &Circumstances,
) -> Option<Trouble> {
    use aws_credential_types::provider::error::{CredentialsError, TokenError};
    let from_chain = chain(error).any(|link| {
        link.downcast_ref::<CredentialsError>().is_some()
            || link.downcast_ref::<TokenError>().is_some()
    });
    let said = words.join(": ");
    if !from_chain && !said.contains("credentials") {
        return None;
    }
    Some(no_credentials(&ask.what, &said, error, about))
}

/// The sentence for a credential chain that gave none.
pub(crate) fn no_credentials(
    what: &str,
    said: &str,
    error: &(dyn Error + 'static),
    about: &Circumstances,
) -> Trouble {
    let lower = said.to_lowercase();
    let expired = lower.contains("expired")
        || lower.contains("unauthorizedexception")
        || lower.contains("session token not found or invalid");
    if expired {
        return Trouble::new(Kind::Expired, what, "the session has expired")
            .hint(format!("run: {}", about.login()));
    }
    if lower.contains("sso") && (lower.contains("cached") || lower.contains("failed to load")) {
        return Trouble::new(Kind::Expired, what, "there is no SSO session on this machine")
            .hint(format!("run: {}", about.login()));
    }
    let none = ["not loaded", "no providers in chain", "no credentials found in chain"];
    if none.iter().any(|words| lower.contains(words)) {
        return not_found(what, about);
    }
    Trouble::new(
        Kind::NoCredentials,
        what,
        format!("the AWS credentials could not be had: {}", tidy(&innermost(error))),
    )
    .hint("check the profile in ~/.aws/config")
}

/// Nothing that could hold credentials held any.
fn not_found(what: &str, about: &Circumstances) -> Trouble {
    match &about.profile {
        Some(profile) => {
            let why = format!("profile {profile} gives no credentials");
            Trouble::new(Kind::NoCredentials, what, why).hint(format!(
                "`aws configure list-profiles` names those there are; {} logs in",
                about.login()
            ))
        }
        None => {
            Trouble::new(Kind::NoCredentials, what, "no AWS credentials were found").hint(format!(
                "set profile in [lakes.{}] or AWS_PROFILE, or run: aws configure sso",
                about.lake
            ))
        }
    }
}

/// The error and everything beneath it.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&link| beneath(link))
}

fn beneath<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match link.downcast_ref::<io::Error>() {
        // `io::Error::source` skips its own payload.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => link.source(),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
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
    fn an_archived_object_is_told_from_one_that_is_not() {
        assert!(said(403, "InvalidObjectState", "x").contains("restored before it can be read"));
        let ask = Ask::object("s3:RestoreObject", "restore", &S3Uri::new("b", "k"));
        let answer = Answer { status: 403, code: "InvalidObjectState", message: "x" };
        let trouble = answered(&ask, &answer, &about());
        assert!(trouble.why.contains("not archived") && trouble.kind == Kind::Invalid);
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
