//! Who may do what. Every database and table is open to whomever IAM lets, as an account has it by
//! default; there are no other grants (yet).

use serde_json::{Value, json};

use crate::local::ApiError;
use crate::local::glue::fault::invalid;
use crate::local::glue::{Catalog, page::Paging, page::page};

const EVERYBODY: &str = "IAM_ALLOWED_PRINCIPALS";
/// The most that ListPermissions tells in one answer.
const MOST: usize = 1000;

/// What ListPermissions answers about a database or a table.
///
/// # Errors
/// `EntityNotFoundException` where there is no such thing, `InvalidInputException` for what
/// this lake has no grants on.
pub(super) fn list(catalog: &Catalog, input: &Value) -> Result<Value, ApiError> {
    let name = |kind: &str, field: &str| input["Resource"][kind][field].as_str();
    let resource = match (name("Table", "DatabaseName"), name("Database", "Name")) {
        (Some(database), _) => {
            let name = name("Table", "Name").ok_or_else(|| {
                invalid("The local lake lists the permissions of one table at a time.")
            })?;
            let table = catalog.table(database, name)?;
            json!({ "Table": { "DatabaseName": table.database_name, "Name": table.name } })
        }
        (None, Some(name)) => json!({ "Database": { "Name": catalog.database(name)?.input.name } }),
        (None, None) => {
            return Err(invalid(
                "The local lake lists permissions of databases and tables: Resource names neither.",
            ));
        }
    };
    let wanted = input["Principal"]["DataLakePrincipalIdentifier"].as_str();
    let all: Vec<Value> = wanted
        .is_none_or(|wanted| wanted == EVERYBODY)
        .then(|| {
            json!({
                "Principal": { "DataLakePrincipalIdentifier": EVERYBODY },
                "Resource": resource,
                "Permissions": ["ALL"],
                "PermissionsWithGrantOption": [],
            })
        })
        .into_iter()
        .collect();
    let paging = Paging {
        token: input["NextToken"].as_str(),
        wanted: input["MaxResults"].as_i64(),
        most: MOST,
    };
    let (found, _) = page(all, paging, Value::to_string)?;
    Ok(json!({ "PrincipalResourcePermissions": found }))
}
