//! Where Athena runs: workgroups, data catalogs and their databases, a page at a time.

use aws_sdk_athena::types;

use super::Lake;
use super::ask::Ask;
use crate::model::query::Entry;
use crate::model::trouble::Trouble;

/// The entries of one page, and the token of the next.
pub type Page = (Vec<Entry>, Option<String>);

impl Lake {
    /// A page of the account's workgroups.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn workgroups(&self, token: Option<String>) -> Result<Page, Trouble> {
        let ask = Ask::athena("athena:ListWorkGroups", "list the workgroups", "workgroup/*");
        let answer = self
            .call(&ask, |to| to.athena.list_work_groups().set_next_token(token.clone()).send())
            .await?;
        let entry = |group: types::WorkGroupSummary| Entry {
            name: group.name.unwrap_or_default(),
            about: group.description.filter(|text| !text.is_empty()),
            enabled: group.state != Some(types::WorkGroupState::Disabled),
        };
        let found = answer.work_groups.unwrap_or_default();
        Ok((found.into_iter().map(entry).collect(), answer.next_token))
    }

    /// A page of the data catalogs that Athena knows.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn data_catalogs(&self, token: Option<String>) -> Result<Page, Trouble> {
        let ask = Ask::athena("athena:ListDataCatalogs", "list the data catalogs", "datacatalog/*");
        let answer = self
            .call(&ask, |to| to.athena.list_data_catalogs().set_next_token(token.clone()).send())
            .await?;
        let entry = |catalog: types::DataCatalogSummary| Entry {
            name: catalog.catalog_name.unwrap_or_default(),
            about: catalog.r#type.map(|kind| kind.as_str().to_owned()),
            enabled: true,
        };
        let found = answer.data_catalogs_summary.unwrap_or_default();
        Ok((found.into_iter().map(entry).collect(), answer.next_token))
    }

    /// A page of the databases of a data catalog.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn catalog_databases(
        &self,
        catalog: &str,
        token: Option<String>,
    ) -> Result<Page, Trouble> {
        let what = format!("list the databases of {catalog}");
        let ask = Ask::athena("athena:ListDatabases", what, format!("datacatalog/{catalog}"));
        let answer = self
            .call(&ask, |to| {
                to.athena
                    .list_databases()
                    .catalog_name(catalog)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        let entry = |database: types::Database| Entry {
            name: database.name,
            about: database.description.filter(|text| !text.is_empty()),
            enabled: true,
        };
        let found = answer.database_list.unwrap_or_default();
        Ok((found.into_iter().map(entry).collect(), answer.next_token))
    }
}
