//! Completion and the catalog's tree over a local lake, by keys: what the catalog's services answer
//! is what is offered.

use std::sync::Arc;

use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::local::LocalLake;
use lakehand::local::glue::types::{Column, PartitionInput, StorageDescriptor, TableInput};
use lakehand::model::settings::{Place, Settings};

use crate::workbench::Bench;

fn stored(at: &str, columns: &[&str]) -> StorageDescriptor {
    StorageDescriptor {
        columns: columns.iter().map(|name| Column::new(*name, "string")).collect(),
        location: Some(at.to_owned()),
        input_format: Some("org.apache.hadoop.mapred.TextInputFormat".to_owned()),
        ..StorageDescriptor::default()
    }
}

fn table(name: &str, columns: &[&str], keys: &[&str]) -> TableInput {
    TableInput {
        name: name.to_owned(),
        storage_descriptor: Some(stored(&format!("s3://source/{name}/"), columns)),
        partition_keys: keys.iter().map(|name| Column::new(*name, "string")).collect(),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        ..TableInput::default()
    }
}

/// A lake whose tables take three pages, and the partitions of one of them two.
async fn open() -> (Bench, Arc<LocalLake>) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("lake");
    let local = LocalLake::open(&folder).unwrap();
    let catalog = local.catalog();
    for at in 0..220 {
        let input = table(&format!("assay_{at:03}"), &["sample_id", "value"], &[]);
        catalog.create_table("default", input).unwrap();
    }
    let variants = table("variants", &["sample_id", "pos"], &["chrom"]);
    catalog.create_table("default", variants).unwrap();
    catalog.create_table("default", table("gene_summary", &["gene", "chrom"], &[])).unwrap();
    catalog.create_table("default", table("2024_import", &["order"], &[])).unwrap();
    for at in 0..130 {
        let partition = PartitionInput {
            values: vec![format!("{at:03}")],
            storage_descriptor: Some(stored(&format!("s3://source/variants/chrom={at:03}/"), &[])),
            ..PartitionInput::default()
        };
        catalog.add_partition("default", "variants", partition).unwrap();
    }
    let (access_key, secret_key) = local.sign_as(None).unwrap();
    let seam = Seam { http: local.connector(), access_key, secret_key };
    let settings = Settings {
        place: Place::Local(folder),
        output_location: Some("s3://source/results/".to_owned()),
        ..Settings::aws("bench")
    };
    let lake = Lake::open(settings, Some(seam), nobody());
    lake.create_bucket("source").await.unwrap();
    let mut bench = Bench::over(lake, dir, |lake| lake);
    bench.until("source").await;
    bench.press("3");
    bench.settle().await;
    (bench, local)
}

fn typed(bench: &mut Bench, text: &str) {
    let keys: Vec<String> =
        text.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() }).collect();
    bench.press(&keys.join(" "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_is_completed_with_three_keystrokes_a_name() {
    let (mut bench, _local) = open().await;
    typed(&mut bench, "select * from va");
    bench.press("tab");
    typed(&mut bench, " join gs");
    bench.press("tab");
    typed(&mut bench, " on ");
    bench.press("tab");
    let screen = bench.screen();
    let join = "from variants join gene_summary on variants.chrom = gene_summary.chrom";
    assert!(screen.contains(join), "{screen}");
    typed(&mut bench, " where s");
    bench.press("tab");
    assert!(bench.screen().contains("sample_id"), "{}", bench.screen());
    bench.press("esc");
    // Names that no parser takes as they are, each in its quotes.
    bench.press("ctrl-t");
    typed(&mut bench, "select \"or");
    bench.press("tab");
    bench.press("ctrl-t");
    typed(&mut bench, "describe `20");
    bench.press("tab ctrl-j");
    bench.until("SUCCEEDED").await;
    assert!(bench.screen().contains("describe `2024_import`"), "{}", bench.screen());
    bench.until("order").await;
    bench.crew.dismiss().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_tells_partitions_grants_and_how_a_table_was_made() {
    let (mut bench, _local) = open().await;
    bench.press("f3 /");
    typed(&mut bench, "varia");
    bench.press("enter g g");
    bench.until("variants").await;
    assert!(!bench.screen().contains("assay"), "{}", bench.screen());
    bench.press("down l");
    bench.settle().await;
    // Its three columns, and then the partitions.
    bench.press("g g down down down down down l");
    bench.until("chrom=000").await;
    bench.press("G");
    bench.until("… and more").await;
    bench.press("enter");
    bench.until("chrom=100").await;
    bench.press("G");
    bench.until("chrom=129").await;
    bench.press("w");
    bench.until("Who may read default.variants").await;
    assert!(bench.screen().contains("IAM_ALLOWED_PRINCIPALS  ALL"), "{}", bench.screen());
    assert!(bench.screen().contains("is not registered"), "{}", bench.screen());
    bench.press("esc S");
    bench.until("SUCCEEDED").await;
    bench.until("CREATE EXTERNAL TABLE").await;
    bench.press("f3 s");
    assert!(bench.screen().contains("LIMIT 100"), "{}", bench.screen());
    bench.crew.dismiss().await;
}
