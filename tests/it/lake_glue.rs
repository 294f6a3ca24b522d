//! The catalog, crawlers and jobs through the lake, against the embedded one.

use std::time::Duration;

use lakehand::lake::Lake;
use lakehand::lake::witness::Outcome;
use lakehand::model::catalog::Crawler;
use lakehand::model::trouble::Kind;

use crate::local_lake::{Fixture, Memory};

/// Glue's own client, for what the workbench only looks at.
fn glue(fixture: &Fixture) -> aws_sdk_glue::Client {
    let keys = aws_sdk_s3::config::Credentials::new("local", "local", None, None, "test");
    let config = aws_sdk_glue::Config::builder()
        .behavior_version(aws_sdk_glue::config::BehaviorVersion::latest())
        .region(aws_sdk_glue::config::Region::from_static("us-east-1"))
        .endpoint_url("http://127.0.0.1")
        .credentials_provider(keys)
        .http_client(fixture.local.http_client())
        .build();
    aws_sdk_glue::Client::from_conf(config)
}

fn with_files() -> Fixture {
    Fixture::prepared(|dir| {
        let folder = dir.join("buckets/source/people");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.csv"), "id,name\n1,ann\n2,bob\n").unwrap();
    })
}

async fn add_crawler(fixture: &Fixture) {
    use aws_sdk_glue::types::{CrawlerTargets, S3Target};
    let target = S3Target::builder().path("s3://source/people/").build();
    glue(fixture)
        .create_crawler()
        .name("people")
        .role("arn:aws:iam::000000000000:role/crawler")
        .database_name("default")
        .targets(CrawlerTargets::builder().s3_targets(target).build())
        .send()
        .await
        .unwrap();
}

async fn until_ready(lake: &Lake) -> Crawler {
    for _ in 0..200 {
        let crawlers = lake.crawlers().await.unwrap();
        if let [crawler] = crawlers.as_slice()
            && crawler.state == "READY"
            && crawler.last.is_some()
        {
            return crawler.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the crawler does not come to an end");
}

#[tokio::test]
async fn a_crawl_is_started_followed_and_witnessed() {
    let fixture = with_files();
    add_crawler(&fixture).await;
    let memory = Memory::default();
    let lake = fixture.lake_with(fixture.settings(), memory.witness());
    lake.start_crawler("people").await.unwrap();
    let crawler = until_ready(&lake).await;
    assert_eq!(crawler.targets, ["s3://source/people/"]);
    let last = crawler.last.unwrap();
    assert_eq!((last.state.as_str(), last.tables_created), ("SUCCEEDED", Some(1)));

    let tables = lake.tables("default").await.unwrap();
    let [table] = tables.as_slice() else { panic!("{tables:?}") };
    assert_eq!((table.name.as_str(), table.format.as_deref()), ("people", Some("csv")));
    assert_eq!(table.location.as_deref(), Some("s3://source/people/"));
    let columns: Vec<_> = table.columns.iter().map(|c| (c.name, c.kind)).collect();
    assert_eq!(columns, [("id", "bigint"), ("name", "string")]);
    assert_eq!(lake.table("default", "people").await.unwrap(), *table);
    assert_eq!((table.counted.rows, table.counted.objects), (Some(2), Some(1)));
    let page = lake.partitions("default", "people", None, None, 10).await.unwrap();
    assert!(page.partitions.is_empty() && page.next.is_none());
    let grants = lake.grants("default", "people").await.unwrap();
    let principals: Vec<_> = grants.iter().map(|grant| grant.principal.as_str()).collect();
    assert_eq!(principals, ["IAM_ALLOWED_PRINCIPALS"]);

    let acts = memory.take();
    assert_eq!(
        (acts[0].action, acts[0].resource.as_str()),
        ("glue:StartCrawler", "crawler/people")
    );
    assert_eq!(acts[0].outcome, Outcome::Done);
}

#[tokio::test]
async fn what_is_not_in_the_catalog_is_not_found() {
    let fixture = with_files();
    let lake = fixture.lake();
    assert_eq!(lake.databases().await.unwrap(), ["default"]);
    assert_eq!(lake.tables("nowhere").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(lake.table("default", "nothing").await.unwrap_err().kind, Kind::NotFound);
    let missing = lake.partitions("default", "nothing", None, None, 10).await.unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound);
    assert_eq!(lake.grants("default", "nothing").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(lake.start_crawler("nobody").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_user_may_look_and_not_change() {
    let fixture = with_files();
    add_crawler(&fixture).await;
    let mut settings = fixture.settings();
    settings.principal = Some("analyst".into());
    let memory = Memory::default();
    let lake = fixture.lake_with(settings, memory.witness());
    assert_eq!(lake.crawlers().await.unwrap().len(), 1);
    let hidden = lake.grants("default", "people").await.unwrap_err();
    assert_eq!(hidden.kind, Kind::Denied, "{hidden}");
    let denied = lake.start_crawler("people").await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    assert!(
        denied.to_string().ends_with("(it needs glue:StartCrawler on crawler/people)"),
        "{denied}"
    );
    let act = &memory.take()[0];
    assert_eq!(act.outcome, Outcome::Failed("AccessDeniedException".into()));
    assert_eq!(act.identity.as_deref(), Some("arn:aws:iam::000000000000:user/analyst"));
}
