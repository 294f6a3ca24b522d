//! No request was made, because there was nothing to sign it with.

use std::error::Error;

use super::super::ask::Ask;
use super::{Circumstances, chain, innermost, tidy};
use crate::model::trouble::{Kind, Trouble};

/// The sentence, where the failure is one of credentials.
pub(super) fn credentials_trouble(
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
