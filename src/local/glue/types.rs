//! The Data Catalog's nouns, in the shape that the Glue JSON 1.1 API gives them. The same
//! shape is what `state.sqlite` stores. Field meanings are those of the
//! [Glue API reference](https://docs.aws.amazon.com/glue/latest/webapi/API_Types.html).

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Parameters of a database, table, partition or SerDe.
pub type Parameters = BTreeMap<String, String>;

/// Now, in the protocol's form: seconds since the epoch, with milliseconds as the fraction.
pub fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as f64 / 1000.0
}

/// Clients send `null` for a list or map they leave out.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DatabaseInput {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_uri: Option<String>,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: Parameters,
    /// Kept as it came: Lake Formation's business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_table_default_permissions: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_database: Option<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Database {
    #[serde(flatten)]
    pub input: DatabaseInput,
    /// Epoch seconds.
    pub create_time: f64,
    pub catalog_id: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Column {
    pub name: String,
    /// A Hive type: `bigint`, `array<struct<a:string>>`, …
    #[serde(rename = "Type")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: Parameters,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { name: name.into(), kind: kind.into(), ..Self::default() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SerdeInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serialization_library: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub parameters: Parameters,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StorageDescriptor {
    #[serde(deserialize_with = "or_default")]
    pub columns: Vec<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub compressed: bool,
    #[serde(deserialize_with = "or_default")]
    pub number_of_buckets: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serde_info: Option<SerdeInfo>,
    #[serde(deserialize_with = "or_default")]
    pub bucket_columns: Vec<String>,
    /// Kept as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_columns: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    pub parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skewed_info: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    pub stored_as_sub_directories: bool,
}

impl StorageDescriptor {
    /// The SerDe's class name; empty where none is set.
    pub fn serde_library(&self) -> &str {
        let info = self.serde_info.as_ref();
        info.and_then(|info| info.serialization_library.as_deref()).unwrap_or_default()
    }

    /// A parameter of the SerDe.
    pub fn serde_parameter(&self, name: &str) -> Option<&str> {
        self.serde_info.as_ref()?.parameters.get(name).map(String::as_str)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TableInput {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_access_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_analyzed_time: Option<f64>,
    #[serde(deserialize_with = "or_default")]
    pub retention: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_descriptor: Option<StorageDescriptor>,
    #[serde(deserialize_with = "or_default")]
    pub partition_keys: Vec<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_original_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_expanded_text: Option<String>,
    /// `EXTERNAL_TABLE`, `VIRTUAL_VIEW`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_type: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_table: Option<Value>,
}

/// A table as the catalog answers it. It derefs to the [`TableInput`] it was made from:
/// `table.name`, `table.storage_descriptor` and so on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Table {
    #[serde(flatten)]
    pub input: TableInput,
    pub database_name: String,
    /// Epoch seconds.
    pub create_time: f64,
    /// Epoch seconds.
    pub update_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub is_registered_with_lake_formation: bool,
    pub catalog_id: String,
    /// Counts up from `0` at every update.
    pub version_id: String,
}

impl std::ops::Deref for Table {
    type Target = TableInput;

    fn deref(&self) -> &TableInput {
        &self.input
    }
}

impl Table {
    /// The data columns; partition keys are not among them.
    pub fn columns(&self) -> &[Column] {
        self.storage_descriptor.as_ref().map_or(&[], |storage| &storage.columns)
    }

    /// Where the data is: `s3://…`.
    pub fn location(&self) -> Option<&str> {
        self.storage_descriptor.as_ref()?.location.as_deref()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PartitionInput {
    /// One value for each partition key of the table, in its order.
    #[serde(deserialize_with = "or_default")]
    pub values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_access_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_descriptor: Option<StorageDescriptor>,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_analyzed_time: Option<f64>,
}

/// A partition as the catalog answers it; derefs to its [`PartitionInput`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Partition {
    #[serde(flatten)]
    pub input: PartitionInput,
    pub database_name: String,
    pub table_name: String,
    /// Epoch seconds.
    pub creation_time: f64,
    pub catalog_id: String,
}

impl std::ops::Deref for Partition {
    type Target = PartitionInput;

    fn deref(&self) -> &PartitionInput {
        &self.input
    }
}

impl Partition {
    pub fn location(&self) -> Option<&str> {
        self.storage_descriptor.as_ref()?.location.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_flat_on_the_wire() {
        let input: TableInput = serde_json::from_value(serde_json::json!({
            "Name": "t", "PartitionKeys": null, "Unknown": 1,
            "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://b/t/"}
        }))
        .unwrap();
        let table = Table { input, database_name: "d".to_owned(), ..Table::default() };
        let wire = serde_json::to_value(&table).unwrap();
        assert_eq!(wire["Name"], "t");
        assert_eq!(wire["DatabaseName"], "d");
        assert_eq!(wire["StorageDescriptor"]["Columns"][0]["Type"], "int");
        assert_eq!(serde_json::from_value::<Table>(wire).unwrap(), table);
    }
}
