//! Glue of the local lake under AWS's own SDK: what it reads is what was meant.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{
    Column, CrawlerState, CrawlerTargets, DatabaseInput, LastCrawlStatus, PartitionInput,
    PropertyPredicate, S3Target, SerDeInfo, StorageDescriptor, TableInput,
};
use lakehand::local::LocalLake;
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;

use crate::local_lake::sdk;

fn lake() -> (tempfile::TempDir, Arc<LocalLake>) {
    let dir = tempfile::tempdir().unwrap();
    let lake = LocalLake::open(dir.path()).unwrap();
    (dir, lake)
}

fn column(name: &str, kind: &str) -> Column {
    Column::builder().name(name).r#type(kind).build().unwrap()
}

fn table(name: &str) -> TableInput {
    let serde = SerDeInfo::builder().serialization_library("x").parameters("field.delim", ",");
    let storage = StorageDescriptor::builder()
        .columns(column("a", "array<int>"))
        .location("s3://b/t/")
        .serde_info(serde.build());
    TableInput::builder()
        .name(name)
        .table_type("EXTERNAL_TABLE")
        .storage_descriptor(storage.build())
        .partition_keys(column("day", "date"))
        .parameters("classification", "csv")
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_catalog_speaks_the_sdks_language() {
    let (_dir, lake) = lake();
    let glue = Client::new(&sdk(&lake, None));
    let database = DatabaseInput::builder().name("lab").parameters("k", "v").build().unwrap();
    glue.create_database().database_input(database.clone()).send().await.unwrap();
    let again = glue.create_database().database_input(database).send().await.unwrap_err();
    let again = again.into_service_error();
    assert!(again.is_already_exists_exception());
    let found = glue.get_database().name("lab").send().await.unwrap().database.unwrap();
    assert_eq!(found.parameters().unwrap()["k"], "v");
    assert!(found.create_time().unwrap().secs() > 1_700_000_000);

    for name in ["one", "two", "three"] {
        glue.create_table().database_name("lab").table_input(table(name)).send().await.unwrap();
    }
    let mut pages = glue.get_tables().database_name("lab").max_results(2).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        for table in page.unwrap().table_list() {
            let storage = table.storage_descriptor().unwrap();
            assert_eq!(storage.columns()[0].r#type(), Some("array<int>"));
            assert_eq!(table.database_name(), Some("lab"));
            names.push(table.name().to_owned());
        }
    }
    assert_eq!(names, ["one", "three", "two"]);
    let gone = glue.get_table().database_name("lab").name("x").send().await.unwrap_err();
    let gone = gone.into_service_error();
    assert!(gone.is_entity_not_found_exception());
    assert!(gone.message().unwrap().contains('x'));

    let input = |day: &str| PartitionInput::builder().values(day).build();
    let made = glue.batch_create_partition().database_name("lab").table_name("one");
    let made =
        made.partition_input_list(input("2026-01-01")).partition_input_list(input("2026-01-02"));
    assert!(made.send().await.unwrap().errors().is_empty());
    let chosen = glue.get_partitions().database_name("lab").table_name("one");
    let chosen =
        chosen.expression("day BETWEEN '2026-01-02' AND '2026-12-31'").send().await.unwrap();
    assert_eq!(chosen.partitions()[0].values(), ["2026-01-02"]);
    let filter = PropertyPredicate::builder().key("classification").value("csv").build();
    let searched = glue.search_tables().search_text("thre").filters(filter).send().await.unwrap();
    assert_eq!(searched.table_list()[0].name(), "three");
}

#[tokio::test]
async fn crawlers_speak_the_sdks_language() {
    let (_dir, lake) = lake();
    lake.store().create_bucket("lake").unwrap();
    let body = &b"{\"a\":1}\n"[..];
    let put = |key: &str| {
        lake.store().put(&Principal::Administrator, "lake", key, body, PutOptions::default())
    };
    put("t/day=1/x.json").unwrap();
    let glue = Client::new(&sdk(&lake, None));
    let target = S3Target::builder().path("s3://lake/t/").build();
    let targets = CrawlerTargets::builder().s3_targets(target).build();
    let create =
        glue.create_crawler().name("c").role("r").database_name("default").targets(targets);
    create.send().await.unwrap();
    glue.start_crawler().name("c").send().await.unwrap();
    let crawler = loop {
        let crawler = glue.get_crawler().name("c").send().await.unwrap().crawler.unwrap();
        if crawler.state() == Some(&CrawlerState::Ready) {
            break crawler;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let last = crawler.last_crawl().unwrap();
    assert_eq!(last.status(), Some(&LastCrawlStatus::Succeeded));
    assert!(last.start_time().is_some());
    let metrics = glue.get_crawler_metrics().crawler_name_list("c").send().await.unwrap();
    assert_eq!(metrics.crawler_metrics_list()[0].tables_created(), 1);
    let crawls = glue.list_crawls().crawler_name("c").send().await.unwrap();
    assert!(crawls.crawls()[0].summary().unwrap().contains("\"TABLE\""));
    let listed = glue.list_crawlers().send().await.unwrap();
    assert_eq!(listed.crawler_names(), ["c"]);
    let stop = glue.stop_crawler().name("c").send().await.unwrap_err().into_service_error();
    assert!(stop.is_crawler_not_running_exception());
}

#[tokio::test]
async fn the_demo_is_filled_through_the_lake() {
    let (_dir, lake) = lake();
    lake.fill_demo().await.unwrap();
    let glue = Client::new(&sdk(&lake, None));
    let crawlers = glue.get_crawlers().send().await.unwrap();
    assert_eq!(crawlers.crawlers()[0].name(), Some("genomics-crawler"));
}
