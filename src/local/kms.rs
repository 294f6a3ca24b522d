//! KMS, as much of it as a lake has: keys have names, and DescribeKey tells them. Nothing is
//! encrypted with them, so there is nothing to create first: every id and every alias is a key
//! of the account.

use serde_json::{Value, json};

use super::ApiError;
use super::principal::{ACCOUNT, Principal, REGION};

/// The ARN of the key that this name (an ARN or id of a key, an alias or its ARN) stands for.
/// An alias always stands for the same key, whose id is made of the alias's ARN.
pub fn key_arn(name: &str) -> String {
    if name.starts_with("arn:") {
        return match name.split_once(":alias/") {
            Some((place, _)) => format!("{place}:key/{}", id_of(name)),
            None => name.to_owned(),
        };
    }
    match name.starts_with("alias/") {
        true => key_arn(&format!("arn:aws:kms:{REGION}:{ACCOUNT}:{name}")),
        false => format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"),
    }
}

fn id_of(alias: &str) -> uuid::Uuid {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, alias.as_bytes())
}

/// One call of the service.
///
/// # Errors
/// `AccessDeniedException` for whoever is not the administrator: as in AWS nobody may describe
/// a key unless its policy or his own says so, and a local lake has neither.
/// `ValidationException` for a request without a key's name.
pub(super) fn call(who: &Principal, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation != "DescribeKey" {
        return Err(ApiError {
            code: "UnknownOperationException".to_owned(),
            message: format!("the local lake's KMS does not have the operation {operation}"),
            status: 400,
        });
    }
    let Some(name) = input["KeyId"].as_str().filter(|name| !name.is_empty()) else {
        return Err(ApiError {
            code: "ValidationException".to_owned(),
            message: "1 validation error detected: Value at 'keyId' failed to satisfy constraint: Member must not be null"
                .to_owned(),
            status: 400,
        });
    };
    let arn = key_arn(name);
    if !who.is_admin() {
        return Err(ApiError {
            code: "AccessDeniedException".to_owned(),
            message: format!(
                "User: {} is not authorized to perform: kms:DescribeKey on resource: {arn} \
                 because no identity-based policy allows the kms:DescribeKey action",
                who.arn()
            ),
            status: 400,
        });
    }
    Ok(json!({ "KeyMetadata": described(&arn) }))
}

fn described(arn: &str) -> Value {
    let place: Vec<&str> = arn.split(':').collect();
    let id = arn.rsplit_once('/').map_or(arn, |(_, id)| id);
    json!({
        "AWSAccountId": place.get(4).unwrap_or(&ACCOUNT),
        "Arn": arn,
        "KeyId": id,
        "Description": "a name: the local lake encrypts nothing",
        "Enabled": true,
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_key_comes_to_one_arn() {
        let arn = key_arn("alias/lake");
        assert!(arn.starts_with("arn:aws:kms:us-east-1:000000000000:key/"), "{arn}");
        assert_eq!(arn.len(), "arn:aws:kms:us-east-1:000000000000:key/".len() + 36);
        assert_eq!(key_arn("arn:aws:kms:us-east-1:000000000000:alias/lake"), arn);
        assert_eq!(key_arn(&arn), arn);
        assert_eq!(key_arn(arn.rsplit_once('/').unwrap().1), arn);
    }

    #[test]
    fn other_aliases_are_other_keys() {
        let arn = key_arn("alias/lake");
        assert_ne!(key_arn("alias/lake2"), arn);
        let abroad = key_arn("arn:aws:kms:eu-west-2:000000000000:alias/lake");
        assert!(abroad.starts_with("arn:aws:kms:eu-west-2:000000000000:key/"), "{abroad}");
        assert_ne!(abroad.rsplit_once('/').unwrap().1, arn.rsplit_once('/').unwrap().1);
    }

    #[test]
    fn only_the_administrator_may_describe() {
        let input = json!({ "KeyId": "alias/lake" });
        let told = call(&Principal::Administrator, "DescribeKey", &input).unwrap();
        assert_eq!(told["KeyMetadata"]["Arn"], key_arn("alias/lake"));
        let analyst = Principal::named("analyst").unwrap();
        let denied = call(&analyst, "DescribeKey", &input).unwrap_err();
        assert_eq!(denied.code, "AccessDeniedException");
        let none = call(&Principal::Administrator, "DescribeKey", &json!({})).unwrap_err();
        assert_eq!(none.code, "ValidationException");
    }
}
