use super::*;
use crate::local::glue::types::{Column, PartitionInput, StorageDescriptor, TableInput};

fn catalog() -> (tempfile::TempDir, Catalog) {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(State::open(dir.path()).unwrap()).unwrap();
    (dir, catalog)
}

fn input(name: &str) -> TableInput {
    TableInput {
        name: name.to_owned(),
        storage_descriptor: Some(StorageDescriptor {
            columns: vec![Column::new("Id", "bigint")],
            location: Some("s3://b/t/".to_owned()),
            ..StorageDescriptor::default()
        }),
        partition_keys: vec![Column::new("chrom", "string")],
        ..TableInput::default()
    }
}

fn part(value: &str) -> PartitionInput {
    PartitionInput { values: vec![value.to_owned()], ..PartitionInput::default() }
}

#[test]
fn databases_fold_their_names_and_take_their_tables_along() {
    let (_dir, catalog) = catalog();
    assert_eq!(catalog.databases().unwrap()[0].input.name, "default");
    let named = |name: &str| DatabaseInput { name: name.to_owned(), ..DatabaseInput::default() };
    catalog.create_database(named("Genomics")).unwrap();
    let again = catalog.create_database(named("genomics")).unwrap_err();
    assert_eq!(again.code, "AlreadyExistsException");
    catalog.create_table("GENOMICS", input("T")).unwrap();
    catalog.add_partition("genomics", "t", part("chr1")).unwrap();
    catalog.delete_database("genomics").unwrap();
    let gone = catalog.table("genomics", "t").unwrap_err();
    assert_eq!(
        (gone.code.as_str(), gone.message.as_str()),
        ("EntityNotFoundException", "Database genomics not found.")
    );
    catalog.create_database(named("genomics")).unwrap();
    assert!(catalog.tables("genomics").unwrap().is_empty());
}

#[test]
fn opening_again_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let first = Catalog::open(State::open(dir.path()).unwrap()).unwrap();
    first.create_table("default", input("t")).unwrap();
    drop(first);
    let second = Catalog::open(State::open(dir.path()).unwrap()).unwrap();
    assert_eq!(second.table("default", "T").unwrap().columns()[0].name, "id");
}

#[test]
fn updates_keep_versions() {
    let (_dir, catalog) = catalog();
    catalog.create_table("default", input("t")).unwrap();
    let mut changed = input("t");
    changed.description = Some("new".to_owned());
    catalog.update_table("default", changed).unwrap();
    let versions = catalog.table_versions("default", "t").unwrap();
    let ids: Vec<_> = versions.iter().map(|t| t.version_id.as_str()).collect();
    assert_eq!(ids, ["1", "0"]);
    assert_eq!(versions[0].description.as_deref(), Some("new"));
    assert_eq!(versions[1].description, None);
    assert!(catalog.update_table("default", input("other")).is_err());
}

#[test]
fn a_column_twice_is_refused() {
    let (_dir, catalog) = catalog();
    let mut twice = input("t");
    twice.partition_keys = vec![Column::new("ID", "string")];
    assert_eq!(catalog.create_table("default", twice).unwrap_err().code, "InvalidInputException");
}

#[test]
fn partitions_are_chosen_by_expression() {
    let (_dir, catalog) = catalog();
    catalog.create_table("default", input("t")).unwrap();
    let refused = catalog
        .add_partitions(
            "default",
            "t",
            vec![part("chr1"), part("chr2"), part("chr1"), PartitionInput::default()],
        )
        .unwrap();
    let codes: Vec<_> = refused.iter().map(|(_, error)| error.code.as_str()).collect();
    assert_eq!(codes, ["AlreadyExistsException", "InvalidInputException"]);
    let chosen = catalog.partitions("default", "t", Some("chrom = 'chr2'")).unwrap();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].values, ["chr2"]);
    catalog.update_partition("default", "t", &["chr2".to_owned()], part("chr3")).unwrap();
    assert!(catalog.partition("default", "t", &["chr2".to_owned()]).is_err());
    let unknown = catalog
        .delete_partitions("default", "t", &[vec!["chr3".to_owned()], vec!["x".to_owned()]])
        .unwrap();
    assert_eq!(unknown, [["x"]]);
    assert_eq!(catalog.partitions("default", "t", None).unwrap().len(), 1);
}

#[test]
fn search_looks_into_columns_and_parameters() {
    let (_dir, catalog) = catalog();
    let mut table = input("variants");
    table.parameters.insert("classification".to_owned(), "parquet".to_owned());
    catalog.create_table("default", table).unwrap();
    catalog.create_table("default", input("patients")).unwrap();
    let find = |text: &str, filters: Vec<Filter>| -> Vec<String> {
        let search = Search { text: Some(text.to_owned()), filters };
        catalog.search(&search).unwrap().iter().map(|t| t.name.clone()).collect()
    };
    assert_eq!(find("CHROM", vec![]).len(), 2);
    assert_eq!(find("parq", vec![]), ["variants"]);
    assert_eq!(find("\"parq\"", vec![]).len(), 0);
    let filter = |key: &str, value: &str| Filter {
        key: key.to_owned(),
        value: value.to_owned(),
        comparator: Comparator::Equals,
    };
    assert_eq!(find("", vec![filter("classification", "Parquet")]), ["variants"]);
    assert_eq!(find("", vec![filter("Name", "patients")]), ["patients"]);
}
