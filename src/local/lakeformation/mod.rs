//! Lake Formation, as much of it as a lake has: which locations are registered, and whom tables
//! are open to.
//!
//! Operations and shapes are those of the
//! [Lake Formation API](https://docs.aws.amazon.com/lake-formation/latest/APIReference/Welcome.html),
//! whose protocol is REST with JSON bodies: `POST /ListResources`.

mod filter;
mod grants;
mod store;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ApiError;
use super::glue::Catalog;
use super::glue::fault::{Fault, already_exists, denied, internal, invalid, not_found};
use super::glue::page::{Paging, page};
use super::principal::{ACCOUNT, Principal};
pub use store::{Location, Reach, Registration, Registrations};

/// The most that ListResources tells in one answer.
const MOST: usize = 1000;

/// The service. Cloning shares it.
#[derive(Clone)]
pub struct LakeFormation {
    registrations: Registrations,
    catalog: Catalog,
}

impl LakeFormation {
    pub fn new(registrations: Registrations, catalog: Catalog) -> Self {
        Self { registrations, catalog }
    }

    /// Answers one operation, such as `ListResources`.
    ///
    /// # Errors
    /// `AccessDeniedException` for whoever is not the administrator, and the operation's own.
    pub async fn call(&self, who: &Principal, op: &str, input: Value) -> Result<Value, ApiError> {
        let (service, who, op) = (self.clone(), who.clone(), op.to_owned());
        tokio::task::spawn_blocking(move || service.answer(&who, &op, &input))
            .await
            .unwrap_or_else(|_| Err(internal("the request broke down")))
    }

    fn answer(&self, who: &Principal, op: &str, input: &Value) -> Result<Value, ApiError> {
        let act = match op {
            "ListResources" => Self::list,
            "DescribeResource" => Self::describe,
            "RegisterResource" => Self::register,
            "DeregisterResource" => Self::deregister,
            "ListPermissions" => Self::permissions,
            other => {
                return Err(ApiError {
                    code: "UnknownOperationException".to_owned(),
                    message: format!(
                        "the local lake's Lake Formation does not have the operation {other}"
                    ),
                    status: 404,
                });
            }
        };
        if !who.is_admin() {
            let message = format!(
                "User: {} is not authorized to perform: lakeformation:{op} because only the \
                 administrator of a local lake may",
                who.arn()
            );
            return Err(ApiError { status: 403, ..denied(message) });
        }
        act(self, input)
    }

    fn permissions(&self, input: &Value) -> Result<Value, ApiError> {
        grants::list(&self.catalog, input)
    }

    fn list(&self, input: &Value) -> Result<Value, ApiError> {
        let conditions = filter::conditions(input)?;
        let mut all = self.registrations.all().map_err(Fault::from)?;
        all.retain(|one| conditions.iter().all(|condition| condition.holds(one)));
        let paging = Paging {
            token: input["NextToken"].as_str(),
            wanted: input["MaxResults"].as_i64(),
            most: MOST,
        };
        let (found, next) = page(all, paging, |one| one.arn.clone())?;
        let mut answer =
            json!({ "ResourceInfoList": found.iter().map(info).collect::<Vec<Value>>() });
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }

    fn describe(&self, input: &Value) -> Result<Value, ApiError> {
        let (arn, at) = location(input)?;
        let found = self.registrations.find(&at).map_err(Fault::from)?;
        let found = found.ok_or_else(|| not_registered(arn))?;
        Ok(json!({ "ResourceInfo": info(&found) }))
    }

    fn register(&self, input: &Value) -> Result<Value, ApiError> {
        let (arn, location) = location(input)?;
        for absent in ["WithFederation", "WithPrivilegedAccess"] {
            if input[absent] == true {
                return Err(invalid(format!("The local lake does not have {absent}.")));
            }
        }
        let new = Registration {
            location,
            arn: arn.to_owned(),
            role: role(input)?,
            hybrid: input["HybridAccessEnabled"] == true,
            modified: Timestamp::now().as_second(),
        };
        match self.registrations.add(&new).map_err(Fault::from)? {
            true => Ok(json!({})),
            false => Err(already_exists(format!("Resource is already registered: {arn}"))),
        }
    }

    fn deregister(&self, input: &Value) -> Result<Value, ApiError> {
        let (arn, at) = location(input)?;
        match self.registrations.remove(&at).map_err(Fault::from)? {
            true => Ok(json!({})),
            false => Err(not_registered(arn)),
        }
    }
}

fn not_registered(arn: &str) -> ApiError {
    not_found(format!("Resource is not registered: {arn}"))
}

fn location(input: &Value) -> Result<(&str, Location), ApiError> {
    let arn = input["ResourceArn"].as_str().ok_or_else(|| invalid("ResourceArn is missing."))?;
    let at = Location::parse(arn).ok_or_else(|| {
        invalid(format!("{arn} is not the ARN of a bucket or of a folder in one."))
    })?;
    Ok((arn, at))
}

/// The role that a registration names: its own or the service's, and not both.
fn role(input: &Value) -> Result<String, ApiError> {
    let own = input["RoleArn"].as_str();
    match (input["UseServiceLinkedRole"] == true, own) {
        (true, None) => Ok(format!(
            "arn:aws:iam::{ACCOUNT}:role/aws-service-role/lakeformation.amazonaws.com/\
             AWSServiceRoleForLakeFormationDataAccess"
        )),
        (false, Some(role)) if is_role(role) => Ok(role.to_owned()),
        (false, Some(role)) => Err(invalid(format!("{role} is not the ARN of a role."))),
        (false, None) => Err(invalid("RoleArn or UseServiceLinkedRole is needed.")),
        (true, Some(_)) => Err(invalid("RoleArn and UseServiceLinkedRole exclude each other.")),
    }
}

fn is_role(arn: &str) -> bool {
    let Some((account, role)) =
        arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"))
    else {
        return false;
    };
    account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && !role.is_empty()
}

fn info(one: &Registration) -> Value {
    json!({
        "ResourceArn": one.arn,
        "RoleArn": one.role,
        "HybridAccessEnabled": one.hybrid,
        "LastModified": one.modified,
    })
}

#[cfg(test)]
mod tests;
