//! STS, as much of it as a lake has: GetCallerIdentity.

use http::Response;
use s3s::Body;

use super::super::ApiError;
use super::super::principal::{ACCOUNT, Principal};
use super::answer::{STS, escaped, xml};

/// One call of the query protocol.
///
/// # Errors
/// `InvalidAction` for what the local lake does not have.
pub(super) fn call(
    who: &Principal,
    form: &[u8],
    request_id: &str,
) -> Result<Response<Body>, ApiError> {
    let action = parameter(form, "Action").unwrap_or_default();
    match action.as_str() {
        "GetCallerIdentity" => Ok(xml(200, caller_identity(who, request_id))),
        _ => Err(ApiError {
            code: "InvalidAction".to_owned(),
            message: format!("the local lake does not have the action {action:?}"),
            status: 400,
        }),
    }
}

fn parameter(form: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(form)
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

fn caller_identity(who: &Principal, request_id: &str) -> String {
    let user_id = match who {
        // The root user's id is the account's.
        Principal::Administrator => ACCOUNT.to_owned(),
        Principal::User(name) => format!("AIDA{}", name.to_uppercase()),
    };
    format!(
        "<GetCallerIdentityResponse xmlns=\"{STS}\"><GetCallerIdentityResult><Arn>{}</Arn>\
         <UserId>{}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        escaped(&who.arn()),
        escaped(&user_id),
    )
}
