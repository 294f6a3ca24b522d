//! From an SDK error to one sentence that a person can act on.

mod answered;
mod credentials;
mod unanswered;

use std::error::Error;
use std::io;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::ask::{Ask, Service};
use crate::model::trouble::{Kind, Trouble};

use answered::{Answer, answered};
pub(crate) use credentials::no_credentials;
use unanswered::unanswered;

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
    /// True for an embedded lake, whose keys never expire.
    pub(crate) embedded: bool,
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

/// One line, without the full stop that a sentence in the middle of another cannot have.
fn tidy(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.strip_suffix('.').map_or(line.clone(), ToOwned::to_owned)
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
