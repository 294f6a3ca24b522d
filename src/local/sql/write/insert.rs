//! `INSERT INTO table [(columns)] query`: new files beside those that are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Query};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Span;

use super::file::{Compression, Format};
use super::options::{Options, TextLayout};
use super::parts::Part;
use super::{NO_VALUE, Target, partition, split};
use crate::local::glue::types::Table;
use crate::local::lakeformation;
use crate::local::sql::Engine;
use crate::local::sql::ddl::may_change;
use crate::local::sql::engine::parsed;
use crate::local::sql::error::SqlError;
use crate::local::sql::parse::Source;
use crate::local::sql::request::{Outcome, Request};
use crate::local::sql::save::blocking;
use crate::local::sql::scan::{Columns, Stored, columns_of, convert, format_of, place};
use crate::local::sql::statement::Class;
use crate::local::sql::types::{HiveType, is_json, trino_name, widens};
use crate::local::sql::view::is_view;

/// The statement, taken apart.
struct Head {
    name: ObjectName,
    columns: Vec<Ident>,
    query: Box<Query>,
    /// Where the table is named.
    span: Span,
}

/// Where the values of partition keys already have a folder.
type Folders = BTreeMap<Vec<String>, Target>;

impl Engine {
    /// Runs an INSERT INTO.
    pub(in crate::local::sql) async fn insert(
        &self,
        request: &Request,
        class: Class,
    ) -> Result<Outcome, SqlError> {
        let (source, head) = parsed(request, head).await?;
        let name = split(&head.name, &request.database);
        let table = self.definition(&name, head.span)?;
        if is_view(&table) {
            return Err(SqlError::user(
                "NOT_SUPPORTED: line 1:1: Inserting into views is not supported",
            ));
        }
        let shape = Shape::of(&table, &head.columns)?;
        let options = options(&table)?;
        let (bucket, prefix) = place(table.location().unwrap_or_default())?;
        let target = Target { bucket, prefix };
        self.may_insert(request, &table, &target).await?;
        let query = *head.query;
        let planned = self.plan(query, source, &request.database, self.reach(request)).await?;
        shape.check(planned.schema().fields())?;
        let folders = self.folders(&table).await?;
        let (rows, parts) = self
            .write_parts(&planned, shape.schema.clone(), &options, |batch| shape.fill(batch))
            .await?;
        let fresh = |part: &Part| !part.folder.is_empty() && !folders.contains_key(&key(part));
        if parts.iter().any(fresh) {
            may_change(&request.who, "Alter", &table.name)?;
        }
        let fresh: Vec<_> = parts.iter().filter(|p| fresh(p)).map(|p| p.values.clone()).collect();
        let at = |part: &Part| match folders.get(&key(part)) {
            Some(folder) => folder.below(""),
            None => target.below(&part.folder),
        };
        // All or nothing: a partition may lie elsewhere than its table.
        for place in parts.iter().map(at) {
            self.may_insert(request, &table, &place).await?;
        }
        let written = self.move_parts(request, rows, parts, &options, at).await?;
        self.register_partitions(&table, &target, fresh).await?;
        let mut outcome = self.written(request, class, &planned, &written);
        if let Some(output) = &request.output {
            outcome.manifest = Some(self.write_manifest(request, output, "", &written).await?);
            outcome.location = Some(output.uri(""));
        }
        Ok(outcome)
    }

    /// Whoever may put objects there may add rows; in a registered location that is Lake
    /// Formation's to grant, as to the administrator alone.
    async fn may_insert(
        &self,
        request: &Request,
        table: &Table,
        target: &Target,
    ) -> Result<(), SqlError> {
        let key = format!("{}part", target.prefix);
        let reach = lakeformation::Reach::Key(&key);
        let guarded = self
            .store
            .registrations()
            .guards(&request.who, &target.bucket, reach)
            .map_err(|e| SqlError::system(e.to_string()))?;
        if guarded {
            may_change(&request.who, "Insert", &table.name)?;
        }
        self.may_write(request, &target.bucket, &key).await
    }

    /// The partitions of a table by their values.
    async fn folders(&self, table: &Table) -> Result<Folders, SqlError> {
        if table.partition_keys.is_empty() {
            return Ok(Folders::new());
        }
        let (catalog, table) = (self.catalog.clone(), table.clone());
        blocking(move || {
            let all = catalog
                .partitions(&table.database_name, &table.name, None)
                .map_err(|e| SqlError::system(format!("HIVE_METASTORE_ERROR: {}", e.message)))?;
            all.into_iter()
                .filter_map(|p| {
                    let location = p.location()?.to_owned();
                    Some((p.input.values, location))
                })
                .map(|(values, location)| {
                    let (bucket, prefix) = place(&location)?;
                    Ok((values, Target { bucket, prefix }))
                })
                .collect()
        })
        .await
    }

    async fn register_partitions(
        &self,
        table: &Table,
        target: &Target,
        fresh: Vec<Vec<Option<String>>>,
    ) -> Result<(), SqlError> {
        if fresh.is_empty() {
            return Ok(());
        }
        let storage = table.storage_descriptor.clone().unwrap_or_default();
        let uri = target.uri();
        let inputs =
            fresh.iter().map(|v| partition(&storage, &uri, &table.partition_keys, v)).collect();
        let (catalog, table) = (self.catalog.clone(), table.clone());
        blocking(move || {
            let refused = catalog
                .add_partitions(&table.database_name, &table.name, inputs)
                .map_err(|e| SqlError::system(format!("{}: {}", e.code, e.message)))?;
            // One that another statement made meanwhile lies in the same folder.
            match refused.into_iter().find(|(_, e)| e.code != "AlreadyExistsException") {
                Some((_, e)) => Err(SqlError::system(format!("{}: {}", e.code, e.message))),
                None => Ok(()),
            }
        })
        .await
    }
}

fn head(source: &Source) -> Result<Head, SqlError> {
    let mut parser = source.parser();
    let fail = |e| source.error(e);
    parser.expect_keywords(&[Keyword::INSERT, Keyword::INTO]).map_err(fail)?;
    let span = parser.peek_token().span;
    let name = parser.parse_object_name(false).map_err(fail)?;
    // A bracket may also open the query.
    let listed = parser
        .maybe_parse(|p| {
            p.parse_parenthesized_column_list(
                datafusion::sql::sqlparser::parser::IsOptional::Mandatory,
                false,
            )
        })
        .map_err(fail)?;
    let query = parser.parse_query().map_err(fail)?;
    source.finish(&mut parser)?;
    Ok(Head { name, columns: listed.unwrap_or_default(), query, span })
}

/// The values of a part's keys, as the catalog has them.
fn key(part: &Part) -> Vec<String> {
    part.values.iter().map(|v| v.clone().unwrap_or_else(|| NO_VALUE.into())).collect()
}

/// What becomes of the query's columns.
struct Shape {
    /// The table's columns, partition keys last.
    schema: SchemaRef,
    /// The table's columns that the query fills, in the query's order.
    filled: Vec<usize>,
}

impl Shape {
    fn of(table: &Table, listed: &[Ident]) -> Result<Self, SqlError> {
        let Columns { data, keys } = columns_of(table)?;
        let fields: Vec<Field> = data
            .iter()
            .chain(&keys)
            .map(|(name, kind): &(String, HiveType)| Field::new(name, kind.arrow(), true))
            .collect();
        let mut filled = Vec::new();
        for ident in listed {
            let at = ident.span.start;
            let place = format!("line {}:{}", at.line, at.column);
            let name = ident.value.to_lowercase();
            let Some(found) = fields.iter().position(|f| *f.name() == name) else {
                return Err(SqlError::user(format!(
                    "COLUMN_NOT_FOUND: {place}: Insert column name does not exist in target table: {name}"
                )));
            };
            if filled.contains(&found) {
                return Err(SqlError::user(format!(
                    "DUPLICATE_COLUMN_NAME: {place}: Insert column name is specified more than once: {name}"
                )));
            }
            filled.push(found);
        }
        if listed.is_empty() {
            filled = (0..fields.len()).collect();
        }
        Ok(Self { schema: Arc::new(Schema::new(fields)), filled })
    }

    /// Refuses a query whose columns are not those that it fills.
    fn check(&self, query: &[FieldRef]) -> Result<(), SqlError> {
        let wanted: Vec<&Field> = self.filled.iter().map(|at| self.schema.field(*at)).collect();
        let fits = query.len() == wanted.len()
            && query
                .iter()
                .zip(&wanted)
                .all(|(from, to)| !is_json(from) && widens(from.data_type(), to.data_type()));
        if fits {
            return Ok(());
        }
        let names =
            |fields: &mut dyn Iterator<Item = String>| fields.collect::<Vec<_>>().join(", ");
        Err(SqlError::user(format!(
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [{}], Query: [{}]",
            names(&mut wanted.iter().map(|f| trino_name(f))),
            names(&mut query.iter().map(|f| trino_name(f)))
        )))
    }

    /// A batch of the query as rows of the table; what it does not fill is NULL.
    fn fill(&self, batch: &RecordBatch) -> Result<RecordBatch, SqlError> {
        let columns = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .map(|(at, field)| match self.filled.iter().position(|f| *f == at) {
                Some(from) => {
                    convert(batch.column(from), field.data_type()).map_err(SqlError::system)
                }
                None => Ok(new_null_array(field.data_type(), batch.num_rows())),
            })
            .collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|e| SqlError::system(e.to_string()))
    }
}

/// How the table's own files are written.
fn options(table: &Table) -> Result<Options, SqlError> {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let refused = |what: &str| {
        let name = &table.name;
        Err(SqlError::user(format!("NOT_SUPPORTED: {what} (table {name})")))
    };
    if !storage.bucket_columns.is_empty() {
        return refused("INSERT INTO is not supported on bucketed tables");
    }
    let mut text = TextLayout::default();
    let format = match format_of(&storage, &table.parameters, &table.name)? {
        Stored::Parquet => Format::Parquet,
        Stored::Json(json) if json.mapping.is_empty() => Format::Json,
        Stored::Json(_) => return refused("the local lake writes no JSON with mapped names"),
        Stored::Csv(_) => return refused("INSERT INTO is not supported for OpenCSVSerde"),
        Stored::Text(stored) if stored.skip > 1 => {
            return refused(
                "Inserting into Hive table with value of skip.header.line.count property greater than 1 not supported",
            );
        }
        Stored::Text(stored) => {
            let nested = columns_of(table)?.data.iter().any(|(_, kind)| kind.arrow().is_nested());
            if nested {
                return refused("the local lake writes no arrays, maps and rows into text files");
            }
            text = TextLayout {
                field: char::from(stored.field),
                escape: stored.escape.map(char::from),
                null: stored.null,
                header: stored.skip == 1,
            };
            Format::Text
        }
    };
    let property = |key: &str| table.parameters.get(key).map(String::as_str);
    let compression = property("write.compression")
        .or_else(|| property("parquet.compression").filter(|_| format == Format::Parquet))
        .or_else(|| property("parquet.compress").filter(|_| format == Format::Parquet));
    Ok(Options {
        format,
        compression: Compression::named(compression, format)?,
        text,
        partitioned_by: table.partition_keys.iter().map(|k| k.name.to_lowercase()).collect(),
        external_location: None,
    })
}
