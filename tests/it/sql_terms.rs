//! Where a tab's statements run and what they cost, by keys, on a real local lake.

use std::sync::Arc;

use aws_sdk_athena::Client;
use aws_sdk_athena::types::{ResultConfiguration, WorkGroupConfiguration, WorkGroupState};
use lakehand::local::LocalLake;

use crate::local_lake::sdk;
use crate::workbench::Bench;

/// Two workgroups beside `primary`: one that decides where results go and stops at ten
/// megabytes, and one that is disabled.
async fn with_workgroups(local: &Arc<LocalLake>) {
    let athena = Client::new(&sdk(local, None));
    let results =
        ResultConfiguration::builder().output_location("s3://bench-analyst/curated/").build();
    let conf = WorkGroupConfiguration::builder()
        .enforce_work_group_configuration(true)
        .bytes_scanned_cutoff_per_query(10_000_000)
        .result_configuration(results)
        .build();
    athena.create_work_group().name("curated").configuration(conf).send().await.unwrap();
    athena.create_work_group().name("closed").send().await.unwrap();
    let closed = athena.update_work_group().work_group("closed");
    closed.state(WorkGroupState::Disabled).send().await.unwrap();
}

async fn bench() -> Bench {
    let mut bench = Bench::open().await;
    with_workgroups(bench.local.as_ref().unwrap()).await;
    bench.table().await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_runs_in_its_workgroup_and_takes_earlier_results() {
    let mut bench = bench().await;
    bench.press("f2 tab");
    bench.until("disabled").await;
    bench.paste("cur");
    bench.until("results s3://bench-analyst/curated/").await;
    bench.until("as the workgroup enforces").await;
    bench.until("stopped past 9.5 MiB").await;
    bench.press("enter");
    bench.until("workgroup curated").await;
    bench.run("SELECT count(*) AS n FROM variants", "1 row  ").await;
    let first = bench.execution();
    let done = bench.lake.query(&first).await.unwrap();
    assert_eq!(done.workgroup.as_deref(), Some("curated"));
    assert!(done.output.unwrap().to_string().starts_with("s3://bench-analyst/curated/"));
    // An hour old at most will do: nothing runs.
    bench.press("f2 shift-tab");
    bench.until("every statement runs").await;
    bench.paste("60");
    bench.press("enter");
    bench.until("reuse 1 hour").await;
    bench.press("f5");
    bench.until("an earlier result ($0)").await;
    bench.until("1 row  ").await;
    let second = bench.lake.query(&bench.execution()).await.unwrap();
    assert!(second.reused && second.id != first);
    // Both are the tab's: another start of the program finds them.
    bench.crew.dismiss().await;
    let drafts = bench.dir.path().join("data/drafts");
    let draft = std::fs::read_dir(&drafts).unwrap().next().unwrap().unwrap();
    let kept = std::fs::read_to_string(draft.path()).unwrap();
    assert!(kept.contains(r#""workgroup":"curated","reuse":60"#), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_workgroup_runs_nothing() {
    let mut bench = bench().await;
    bench.press("f2 tab");
    bench.paste("closed");
    bench.until("Workgroup closed is disabled").await;
    bench.press("enter");
    bench.until("! disabled").await;
    bench.press("f5");
    bench.until("Choose another one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_reads_is_told_before_it_runs() {
    let mut bench = bench().await;
    // Its only object: 3,000 rows.
    bench.run("SELECT pos FROM variants", "3,000 rows").await;
    let object = lakehand::model::uri::S3Uri::new("bench-source", "variants/part-0.csv");
    let size = bench.lake.head(&object).await.unwrap().size;
    let told = format!("≤ {}, under $0.0001", lakehand::ui::widgets::text::bytes(size));
    bench.until(&told).await;
    // Partitions: by the conditions in the statement.
    let ddl = "CREATE EXTERNAL TABLE parted (pos bigint) PARTITIONED BY (chrom string)\n\
               ROW FORMAT DELIMITED FIELDS TERMINATED BY ','\n\
               LOCATION 's3://bench-source/parted/'";
    let with = lakehand::lake::PutWith::default;
    for (chrom, rows) in [("1", 1000), ("2", 500)] {
        let key = format!("parted/chrom={chrom}/a.csv");
        let uri = lakehand::model::uri::S3Uri::new("bench-source", key);
        bench.lake.put_bytes(&uri, "12345\n".repeat(rows).into(), &with()).await.unwrap();
        // Passed over by Athena.
        let uri = uri.parent().unwrap().join("_SUCCESS");
        bench.lake.put_bytes(&uri, "x".repeat(9000).into(), &with()).await.unwrap();
    }
    bench.run(ddl, "SUCCEEDED").await;
    bench.run("MSCK REPAIR TABLE parted", "SUCCEEDED").await;
    bench.run("SELECT count(*) FROM parted", "1 row").await;
    bench.until("≤ 8.8 KiB").await;
    bench.until("! every partition of parted (chrom)").await;
    bench.run("SELECT count(*) FROM parted WHERE chrom = '2'", "1 row").await;
    bench.until("≤ 2.9 KiB").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_searched_and_run_again() {
    let mut bench = bench().await;
    bench.run("SELECT 1 AS one FROM variants LIMIT 1", "1 row").await;
    bench.run("SELECT 2 AS two", "1 row").await;
    bench.press("f6");
    bench.until("History · today").await;
    bench.until("CREATE EXTERNAL").await;
    bench.paste("select one");
    bench.until_gone("CREATE EXTERNAL").await;
    assert!(bench.screen().contains("SUCCEEDED 3"), "bytes: {}", bench.screen());
    bench.press("enter");
    bench.until("Run it again").await;
    bench.press("3");
    bench.until("SELECT 1 AS one").await;
    bench.until("1 row").await;
    bench.press("f6");
    bench.until("History · today").await;
    bench.paste("two");
    bench.press("enter 2");
    bench.until("SELECT 2 AS two").await;
    bench.until("1 row").await;
}
