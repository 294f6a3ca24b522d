//! No answer came: connection, name, trust, proxy or time.

use std::io;

use aws_sdk_s3::error::SdkError;

use super::super::ask::Ask;
use super::credentials::credentials_trouble;
use super::{Circumstances, Failed, ServiceFault, chain, innermost, tidy};
use crate::model::trouble::{Kind, Trouble};

/// The sentence for a request that nobody answered.
pub(super) fn unanswered<E: ServiceFault>(
    ask: &Ask,
    error: &Failed<E>,
    about: &Circumstances,
) -> Trouble {
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
