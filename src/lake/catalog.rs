//! Glue: the Data Catalog.

use std::collections::HashMap;

use aws_sdk_glue::types;

use super::Lake;
use super::ask::Ask;
use super::sts::timestamp;
use crate::model::catalog::{Counted, Partition, PartitionPage, Table};
use crate::model::columns::Columns;
use crate::model::trouble::{Kind, Trouble};

impl Lake {
    /// The catalog's databases, by name.
    ///
    /// # Errors
    /// As Glue answers.
    pub async fn databases(&self) -> Result<Vec<String>, Trouble> {
        let ask = Ask::glue("glue:GetDatabases", "list the databases", "catalog");
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.glue.get_databases().set_next_token(token.take()).send())
                .await?;
            names.extend(answer.database_list.into_iter().map(|database| database.name));
            token = answer.next_token;
            if token.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// A database's tables and views, by name.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is no such database.
    pub async fn tables(&self, database: &str) -> Result<Vec<Table>, Trouble> {
        let mut tables = Vec::new();
        let mut token = None;
        loop {
            let (page, next) = self.tables_page(database, token).await?;
            tables.extend(page);
            token = next;
            if token.is_none() {
                tables.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(tables);
            }
        }
    }

    /// One page of them, with their columns, and the token of the next: at most a hundred, as
    /// Glue has it.
    ///
    /// # Errors
    /// As [`Self::tables`].
    pub async fn tables_page(
        &self,
        database: &str,
        token: Option<String>,
    ) -> Result<(Vec<Table>, Option<String>), Trouble> {
        let what = format!("list the tables of {database}");
        let ask = Ask::glue("glue:GetTables", what, format!("database/{database}"));
        let answer = self
            .call(&ask, |to| {
                to.glue.get_tables().database_name(database).set_next_token(token).send()
            })
            .await?;
        let found = answer.table_list.unwrap_or_default();
        let tables = found.into_iter().map(|found| table(database, found)).collect();
        Ok((tables, answer.next_token.filter(|token| !token.is_empty())))
    }

    /// One page of a table's partitions, at most `most` (1,000 as Glue has it): of all, or of
    /// those that an expression chooses (`chrom = 'chr7'`).
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is no such table; [`Kind::Invalid`] where Glue does not
    /// take the expression.
    pub async fn partitions(
        &self,
        database: &str,
        table: &str,
        expression: Option<&str>,
        token: Option<String>,
        most: u16,
    ) -> Result<PartitionPage, Trouble> {
        let what = format!("list the partitions of {database}.{table}");
        let ask = Ask::glue("glue:GetPartitions", what, format!("table/{database}/{table}"));
        let most = i32::from(most.clamp(1, 1000));
        let answer = self
            .call(&ask, |to| {
                to.glue
                    .get_partitions()
                    .database_name(database)
                    .table_name(table)
                    .set_expression(expression.map(ToOwned::to_owned))
                    .max_results(most)
                    .exclude_column_schema(true)
                    .set_next_token(token)
                    .send()
            })
            .await?;
        let partitions = answer.partitions.unwrap_or_default();
        Ok(PartitionPage {
            partitions: partitions.into_iter().map(partition).collect(),
            next: answer.next_token.filter(|token| !token.is_empty()),
        })
    }

    /// One table.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none.
    pub async fn table(&self, database: &str, name: &str) -> Result<Table, Trouble> {
        let what = format!("look at table {database}.{name}");
        let ask = Ask::glue("glue:GetTable", what, format!("table/{database}/{name}"));
        let answer = self
            .call(&ask, |to| to.glue.get_table().database_name(database).name(name).send())
            .await?;
        let found = answer
            .table
            .ok_or_else(|| Trouble::new(Kind::NotFound, &ask.what, "there is no such table"))?;
        Ok(table(database, found))
    }
}

fn columns(found: Option<Vec<types::Column>>) -> Columns {
    let found = found.unwrap_or_default();
    found.into_iter().map(|column| (column.name, column.r#type.unwrap_or_default())).collect()
}

fn counted(parameters: Option<&HashMap<String, String>>) -> Counted {
    Counted::of(|name| parameters?.get(name).map(String::as_str))
}

fn table(database: &str, found: types::Table) -> Table {
    let storage = found.storage_descriptor;
    let input = storage.as_ref().and_then(|storage| storage.input_format.clone());
    let parameter = |name: &str| {
        let value = found.parameters.as_ref().and_then(|parameters| parameters.get(name));
        value.filter(|text| !text.is_empty())
    };
    let iceberg = parameter("table_type").is_some_and(|kind| kind.eq_ignore_ascii_case("iceberg"));
    let format = iceberg
        .then(|| "iceberg".to_owned())
        .or_else(|| parameter("classification").cloned())
        .or_else(|| input.as_deref().map(short_format));
    let serde = storage.as_ref().and_then(|storage| storage.serde_info.as_ref());
    let serde = serde.and_then(|serde| serde.serialization_library.clone());
    Table {
        counted: counted(found.parameters.as_ref()),
        is_projected: parameter("projection.enabled").is_some_and(|on| on == "true"),
        format,
        serde: serde.filter(|class| !class.is_empty()),
        database: found.database_name.unwrap_or_else(|| database.to_owned()),
        name: found.name,
        kind: found.table_type,
        comment: found.description.or_else(|| parameter("comment").cloned()),
        location: storage.as_ref().and_then(|storage| storage.location.clone()),
        columns: columns(storage.and_then(|storage| storage.columns)),
        partition_keys: columns(found.partition_keys),
        created: found.create_time.as_ref().and_then(timestamp),
        updated: found.update_time.or(found.create_time).as_ref().and_then(timestamp),
        is_governed: found.is_registered_with_lake_formation,
    }
}

fn partition(found: types::Partition) -> Partition {
    Partition {
        values: found.values.unwrap_or_default(),
        location: found.storage_descriptor.and_then(|storage| storage.location),
        created: found.creation_time.as_ref().and_then(timestamp),
        counted: counted(found.parameters.as_ref()),
    }
}

/// `parquet` for `org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat`.
fn short_format(class: &str) -> String {
    let name = class.rsplit('.').next().unwrap_or(class);
    match name {
        "MapredParquetInputFormat" => "parquet".to_owned(),
        "OrcInputFormat" => "orc".to_owned(),
        "TextInputFormat" => "text".to_owned(),
        _ => name.strip_suffix("InputFormat").unwrap_or(name).to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_short_names() {
        let parquet = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
        assert_eq!(short_format(parquet), "parquet");
        assert_eq!(short_format("org.apache.hadoop.mapred.TextInputFormat"), "text");
        assert_eq!(short_format("a.b.AvroContainerInputFormat"), "avrocontainer");
    }
}
