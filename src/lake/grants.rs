//! Lake Formation: who may do what with a table.

use aws_sdk_lakeformation::types::{
    DataLakePrincipal, Permission, PrincipalResourcePermissions, Resource, TableResource,
};

use super::Lake;
use super::ask::{Ask, Service};
use crate::model::catalog::{Grant, GrantOn};
use crate::model::trouble::{Kind, Trouble};

impl Lake {
    /// What Lake Formation grants on a table, its columns and its rows, by principal.
    ///
    /// # Errors
    /// [`Kind::Denied`] where the caller may not see grants; `NotFound` where there is no such
    /// table, or none of the service beside an S3 that is not AWS's.
    pub async fn grants(&self, database: &str, table: &str) -> Result<Vec<Grant>, Trouble> {
        let what = format!("list who may read {database}.{table}");
        let on = format!("table/{database}/{table}");
        let ask = Ask::new(Service::LakeFormation, "lakeformation:ListPermissions", what, on);
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let resource = TableResource::builder().database_name(database).name(table).build();
        let resource =
            resource.map_err(|error| Trouble::new(Kind::Invalid, &ask.what, error.to_string()))?;
        let resource = Resource::builder().table(resource).build();
        let mut grants = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| {
                    to.formation
                        .list_permissions()
                        .resource(resource.clone())
                        .set_next_token(token.take())
                        .send()
                })
                .await?;
            let found = answer.principal_resource_permissions.unwrap_or_default();
            grants.extend(found.into_iter().filter_map(grant));
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                grants.sort();
                return Ok(grants);
            }
        }
    }
}

fn grant(found: PrincipalResourcePermissions) -> Option<Grant> {
    let names = |permissions: Option<Vec<Permission>>| -> Vec<String> {
        let names = permissions.unwrap_or_default();
        names.iter().map(|permission| permission.as_str().to_owned()).collect()
    };
    let principal = found
        .principal
        .and_then(|DataLakePrincipal { data_lake_principal_identifier: id, .. }| id)?;
    Some(Grant {
        principal,
        permissions: names(found.permissions),
        grantable: names(found.permissions_with_grant_option),
        on: found.resource.map_or(GrantOn::Table, on),
    })
}

fn on(resource: Resource) -> GrantOn {
    if let Some(filter) = resource.data_cells_filter {
        return GrantOn::Filter(filter.name.unwrap_or_default());
    }
    if let Some(tags) = resource.lf_tag_policy {
        let tag = |tag: &aws_sdk_lakeformation::types::LfTag| {
            format!("{}={}", tag.tag_key, tag.tag_values.join(","))
        };
        return GrantOn::Tags(tags.expression.iter().map(tag).collect());
    }
    let Some(columns) = resource.table_with_columns else { return GrantOn::Table };
    match (columns.column_names, columns.column_wildcard) {
        (Some(names), _) if !names.is_empty() => GrantOn::Columns(names),
        (_, Some(wildcard)) => match wildcard.excluded_column_names {
            Some(names) if !names.is_empty() => GrantOn::AllColumnsBut(names),
            _ => GrantOn::Table,
        },
        _ => GrantOn::Table,
    }
}
