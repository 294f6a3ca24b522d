//! How much a table and its partitions are, as the catalog has it.

use std::collections::HashMap;

use aws_sdk_glue::types;

use super::Lake;
use super::ask::Ask;
use super::glue::table;
use crate::model::catalog::Table;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Where data lies, and how many bytes the catalog says they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    pub location: Option<S3Uri>,
    /// `None` where nobody has counted.
    pub bytes: Option<u64>,
}

/// A table with its weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    pub table: Table,
    pub weight: Weight,
    /// True where Athena computes the partitions itself and the catalog has none.
    pub projected: bool,
}

impl Lake {
    /// One table and its weight.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none.
    pub async fn weigh_table(&self, database: &str, name: &str) -> Result<Weighed, Trouble> {
        let what = format!("look at table {database}.{name}");
        let ask = Ask::glue("glue:GetTable", what, format!("table/{database}/{name}"));
        let answer = self
            .call(&ask, |to| to.glue.get_table().database_name(database).name(name).send())
            .await?;
        let found = answer
            .table
            .ok_or_else(|| Trouble::new(Kind::NotFound, &ask.what, "there is no such table"))?;
        let parameters = found.parameters.as_ref();
        let location = found.storage_descriptor.as_ref().and_then(|s| s.location.as_deref());
        Ok(Weighed {
            weight: weight(location, parameters),
            projected: parameters
                .and_then(|all| all.get("projection.enabled"))
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            table: table(database, found),
        })
    }

    /// A page of the partitions that an expression chooses, all without one, and the token of
    /// the next page.
    ///
    /// # Errors
    /// [`Kind::Invalid`] where Glue does not take the expression.
    pub async fn weigh_partitions(
        &self,
        database: &str,
        name: &str,
        expression: Option<&str>,
        token: Option<String>,
    ) -> Result<(Vec<Weight>, Option<String>), Trouble> {
        let what = format!("list the partitions of {database}.{name}");
        let ask = Ask::glue("glue:GetPartitions", what, format!("table/{database}/{name}"));
        let answer = self
            .call(&ask, |to| {
                to.glue
                    .get_partitions()
                    .database_name(database)
                    .table_name(name)
                    .set_expression(expression.map(ToOwned::to_owned))
                    .exclude_column_schema(true)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        let weight = |partition: types::Partition| {
            let location =
                partition.storage_descriptor.as_ref().and_then(|s| s.location.as_deref());
            weight(location, partition.parameters.as_ref())
        };
        let found = answer.partitions.unwrap_or_default();
        Ok((found.into_iter().map(weight).collect(), answer.next_token.filter(|t| !t.is_empty())))
    }
}

/// `totalSize` is Hive's and Athena's, `sizeKey` the crawlers'; `rawDataSize`, unpacked, is what
/// is left. None of them, or nothing in them, is no knowledge.
fn weight(location: Option<&str>, parameters: Option<&HashMap<String, String>>) -> Weight {
    let number = |name: &str| parameters?.get(name)?.parse().ok().filter(|bytes| *bytes > 0);
    Weight {
        location: location.and_then(|location| location.parse().ok()),
        bytes: ["totalSize", "sizeKey", "rawDataSize"].into_iter().find_map(number),
    }
}
