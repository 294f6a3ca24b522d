//! Glue: tables that are made.

use aws_sdk_glue::operation::RequestId as _;
use aws_sdk_glue::types;

use super::Lake;
use super::ask::Ask;
use super::guard::Receipt;
use crate::model::saving::{NewTable, SaveFormat};
use crate::model::trouble::{Kind, Trouble};

impl Lake {
    /// Makes a table over files that are there.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where there is a table of that name;
    /// as Glue answers else.
    pub async fn create_table(&self, table: &NewTable) -> Result<(), Trouble> {
        let name = &table.name;
        let on = format!("table/{}/{}", name.database, name.name);
        let ask = Ask::glue("glue:CreateTable", format!("make table {name}"), on);
        let permit = self.permit(&ask).await?;
        let made = match input(table) {
            Err(why) => Err(Trouble::new(Kind::Invalid, &ask.what, why)),
            Ok(input) => self
                .call(&ask, |to| {
                    let database = &name.database;
                    to.glue.create_table().database_name(database).table_input(input).send()
                })
                .await
                .map(|answer| answer.request_id().map(ToOwned::to_owned)),
        };
        let made = made.map_err(|trouble| match trouble.code.as_deref() {
            Some("AlreadyExistsException") => {
                let why = "there is a table of that name already";
                Trouble { kind: Kind::Precondition, why: why.to_owned(), ..trouble }
                    .hint("choose another name")
            }
            _ => trouble,
        });
        permit.settle(made, |id| Receipt { request_id: id.clone(), ..Receipt::default() }).map(drop)
    }
}

/// Input format, output format and SerDe, as Athena's own DDL has them
/// (<https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html>).
struct Classes {
    input: &'static str,
    output: &'static str,
    serde: &'static str,
    parameters: &'static [(&'static str, &'static str)],
}

const TEXT: [&str; 2] = [
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
];

fn classes(format: SaveFormat) -> Classes {
    match format {
        // The escape character may not be the quote: two quotes are one by themselves.
        SaveFormat::Csv => Classes {
            input: TEXT[0],
            output: TEXT[1],
            serde: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            parameters: &[("separatorChar", ","), ("quoteChar", "\""), ("escapeChar", "\\")],
        },
        SaveFormat::Json => Classes {
            input: TEXT[0],
            output: TEXT[1],
            serde: "org.openx.data.jsonserde.JsonSerDe",
            parameters: &[("ignore.malformed.json", "false")],
        },
        SaveFormat::Orc => Classes {
            input: "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            output: "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
            serde: "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            parameters: &[("serialization.format", "1")],
        },
        SaveFormat::Parquet | SaveFormat::Table => Classes {
            input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            parameters: &[("serialization.format", "1")],
        },
    }
}

fn input(table: &NewTable) -> Result<types::TableInput, String> {
    let failed = |error: aws_sdk_glue::error::BuildError| error.to_string();
    let Classes { input, output, serde, parameters } = classes(table.format);
    let mut info = types::SerDeInfo::builder().serialization_library(serde);
    for (key, value) in parameters {
        info = info.parameters(*key, *value);
    }
    let mut storage = types::StorageDescriptor::builder()
        .location(table.location.to_string())
        .input_format(input)
        .output_format(output)
        .serde_info(info.build());
    for column in &table.columns {
        let column = types::Column::builder().name(&column.name).r#type(&column.kind);
        storage = storage.columns(column.build().map_err(failed)?);
    }
    let classification = match table.format {
        SaveFormat::Table => SaveFormat::Parquet.name(),
        format => format.name(),
    };
    let mut made = types::TableInput::builder()
        .name(&table.name.name)
        .description("Saved by lakehand")
        .table_type("EXTERNAL_TABLE")
        .parameters("EXTERNAL", "TRUE")
        .parameters("classification", classification)
        .storage_descriptor(storage.build());
    if table.format == SaveFormat::Csv {
        made = made.parameters("skip.header.line.count", "1");
    }
    made.build().map_err(failed)
}
