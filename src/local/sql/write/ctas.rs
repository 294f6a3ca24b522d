//! `CREATE TABLE … WITH (…) AS SELECT …`.

use datafusion::sql::sqlparser::ast::{ObjectName, Query};
use datafusion::sql::sqlparser::keywords::Keyword;

use super::file::Format;
use super::options::{self, Options};
use super::{Target, Written, column_names, partition, split, stored_schema};
use crate::local::glue::types::{Column, PartitionInput, TableInput, now};
use crate::local::sql::Engine;
use crate::local::sql::ddl::{descriptor, may_change};
use crate::local::sql::engine::parsed;
use crate::local::sql::error::SqlError;
use crate::local::sql::parse::Source;
use crate::local::sql::request::{Outcome, Request};
use crate::local::sql::rewrite::TableName;
use crate::local::sql::save::blocking;
use crate::local::sql::scan::place;
use crate::local::sql::statement::Class;
use crate::local::sql::types::hive_name;

impl Engine {
    /// Runs a CREATE TABLE AS SELECT.
    pub(in crate::local::sql) async fn create_table_as(
        &self,
        request: &Request,
        class: Class,
    ) -> Result<Outcome, SqlError> {
        let (source, Head { if_not_exists, name, comment, options, query, no_data }) =
            parsed(request, head).await?;
        let TableName { database, table } = split(&name, &request.database);
        may_change(&request.who, "Create Table", &database)?;
        if !self.is_free(&database, &table, if_not_exists)? {
            return Ok(Outcome::of(class));
        }
        let target = target(request, &options)?;
        self.want_empty(&target, &format!("table '{database}.{table}'")).await?;
        let planned = self.plan(*query, source, &request.database, self.reach(request)).await?;
        let names = column_names(&planned.columns())?;
        let schema = stored_schema(&planned, &names)?;
        let columns: Vec<Column> = schema
            .fields()
            .iter()
            .map(|f| {
                let kind = hive_name(f.data_type()).unwrap_or_else(|other| other);
                Column::new(f.name(), kind)
            })
            .collect();
        let written = if no_data {
            Written::default()
        } else {
            self.write_files(request, &planned, &names, &options, &target).await?
        };
        self.register(request, &database, &table, comment, columns, &options, &target, &written)
            .await?;
        let mut outcome = self.written(request, class, &planned, &written);
        if let Some(output) = &request.output {
            let folder = "tables/";
            outcome.manifest = Some(self.write_manifest(request, output, folder, &written).await?);
            let key = format!("{}{folder}{}.metadata", output.prefix, output.id);
            let body = crate::local::sql::output::encode(&planned.columns());
            self.write(request, &output.bucket, &key, body, "application/octet-stream").await?;
            outcome.location =
                Some(format!("s3://{}/{}{folder}{}", output.bucket, output.prefix, output.id));
        }
        Ok(outcome)
    }

    /// False where the table is there and that is well.
    fn is_free(&self, database: &str, table: &str, if_not_exists: bool) -> Result<bool, SqlError> {
        self.catalog.database(database).map_err(|_| {
            SqlError::user(format!(
                "SCHEMA_NOT_FOUND: line 1:1: Schema '{database}' does not exist"
            ))
        })?;
        match self.catalog.table(database, table) {
            Err(_) => Ok(true),
            Ok(_) if if_not_exists => Ok(false),
            Ok(_) => Err(SqlError::user(format!(
                "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{database}.{table}' already exists"
            ))),
        }
    }

    #[allow(clippy::too_many_arguments)]
    async fn register(
        &self,
        request: &Request,
        database: &str,
        table: &str,
        comment: Option<String>,
        mut columns: Vec<Column>,
        options: &Options,
        target: &Target,
        written: &Written,
    ) -> Result<(), SqlError> {
        let keys = columns.split_off(columns.len() - options.partitioned_by.len());
        let mut properties = std::collections::BTreeMap::new();
        if options.format == Format::Text {
            for key in ["field.delim", "serialization.format"] {
                properties.insert(key.to_owned(), options.text.field.to_string());
            }
        }
        let mut storage = descriptor(options.format.stored_as(), None, properties)
            .ok_or_else(|| SqlError::system("the format has no storage descriptor"))?;
        storage.columns = columns;
        storage.location = Some(target.uri());
        let partitions: Vec<PartitionInput> = written
            .partitions
            .iter()
            .map(|values| partition(&storage, &target.uri(), &keys, values))
            .collect();
        let input = TableInput {
            name: table.to_owned(),
            description: comment,
            owner: Some("hadoop".into()),
            storage_descriptor: Some(storage),
            partition_keys: keys,
            table_type: Some("EXTERNAL_TABLE".into()),
            parameters: [
                ("EXTERNAL".to_owned(), "TRUE".to_owned()),
                ("has_encrypted_data".to_owned(), "false".to_owned()),
                ("transient_lastDdlTime".to_owned(), (now() as i64).to_string()),
                ("classification".to_owned(), classification(options.format).to_owned()),
            ]
            .into(),
            ..TableInput::default()
        };
        let (catalog, by) = (self.catalog.clone(), request.who.arn());
        let (database, table) = (database.to_owned(), table.to_owned());
        blocking(move || {
            let fail =
                |e: crate::local::ApiError| SqlError::system(format!("{}: {}", e.code, e.message));
            catalog.create_table_by(&database, input, Some(by)).map_err(fail)?;
            if !partitions.is_empty() {
                catalog.add_partitions(&database, &table, partitions).map_err(fail)?;
            }
            Ok(())
        })
        .await
    }
}

/// The statement, taken apart.
struct Head {
    if_not_exists: bool,
    name: ObjectName,
    comment: Option<String>,
    options: Options,
    query: Box<Query>,
    no_data: bool,
}

fn head(source: &Source) -> Result<Head, SqlError> {
    let mut parser = source.parser();
    let fail = |e| source.error(e);
    parser.expect_keywords(&[Keyword::CREATE, Keyword::TABLE]).map_err(fail)?;
    let if_not_exists = parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS]);
    let name = parser.parse_object_name(false).map_err(fail)?;
    let comment = if parser.parse_keyword(Keyword::COMMENT) {
        Some(parser.parse_literal_string().map_err(fail)?)
    } else {
        None
    };
    let options = options::parse(&mut parser, source, Format::Parquet)?;
    parser.expect_keyword(Keyword::AS).map_err(fail)?;
    let query = parser.parse_query().map_err(fail)?;
    let no_data = parser.parse_keywords(&[Keyword::WITH, Keyword::NO, Keyword::DATA]);
    let _ = no_data || parser.parse_keywords(&[Keyword::WITH, Keyword::DATA]);
    source.finish(&mut parser)?;
    Ok(Head { if_not_exists, name, comment, options, query, no_data })
}

fn classification(format: Format) -> &'static str {
    match format {
        Format::Parquet => "parquet",
        Format::Text => "csv",
        Format::Json => "json",
    }
}

/// `external_location`, else `tables/<id>/` below the query's output location.
fn target(request: &Request, options: &Options) -> Result<Target, SqlError> {
    if let Some(location) = &options.external_location {
        let (bucket, prefix) = place(location)?;
        return Ok(Target { bucket, prefix });
    }
    let output = request.output.as_ref().ok_or_else(|| {
        SqlError::user("CTAS needs external_location where the query has no output location")
    })?;
    Ok(Target {
        bucket: output.bucket.clone(),
        prefix: format!("{}tables/{}/", output.prefix, output.id),
    })
}
