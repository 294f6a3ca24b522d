//! Copying and moving from the Buckets pane, on a real local lake.

use bytes::Bytes;
use lakehand::lake::PutWith;
use lakehand::model::uri::S3Uri;

use crate::workbench::Bench;

async fn put(bench: &Bench, key: &str, text: &'static str) {
    let with = PutWith { overwrite: true, ..PutWith::default() };
    let uri = S3Uri::new("bench-source", key);
    bench.lake.put_bytes(&uri, Bytes::from_static(text.as_bytes()), &with).await.unwrap();
}

async fn keys(bench: &Bench, bucket: &str) -> Vec<String> {
    let page = bench.lake.page(&S3Uri::new(bucket, ""), false, None, 1000).await.unwrap();
    page.entries.iter().map(|entry| entry.key().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_is_copied_to_the_analyst() {
    let mut bench = Bench::open().await;
    for key in ["in/a.csv", "in/lane1/b.csv", "in/c.csv"] {
        put(&bench, key, "rows").await;
    }
    bench.press("enter");
    bench.until("in/").await;
    bench.press("enter");
    bench.until("c.csv").await;
    // The folder and the first object, by the copy menu.
    bench.press("space space y 4");
    bench.until("Copy 2 items").await;
    bench.until("s3://bench-analyst/results/").await;
    bench.press("enter");
    bench.until("2 objects (8 B) from s3://bench-source/in/a.csv and 1 more").await;
    bench.press("enter");
    assert_eq!(keys(&bench, "bench-analyst").await, [""; 0], "no is the default");
    bench.press("k k space space c enter");
    bench.until("Copy?").await;
    bench.press("y 2");
    bench.until("2 done").await;
    bench.until("→").await;
    assert_eq!(keys(&bench, "bench-analyst").await, ["results/a.csv", "results/lane1/b.csv"]);
    assert_eq!(keys(&bench, "bench-source").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_renamed_by_moving_it() {
    let mut bench = Bench::open().await;
    for key in ["old/a.csv", "old/sub/b.csv", "older/x"] {
        put(&bench, key, "rows").await;
    }
    bench.press("enter");
    bench.until("older/").await;
    bench.press("m");
    bench.until("Move old/").await;
    bench.press("ctrl-u");
    bench.paste("s3://bench-an");
    bench.press("tab");
    bench.until("s3://bench-analyst/").await;
    bench.press("ctrl-u");
    bench.paste("s3://bench-source/olde");
    bench.press("tab");
    bench.until("s3://bench-source/older/").await;
    bench.press("ctrl-u");
    bench.paste("s3://bench-nowhere/new");
    bench.press("enter");
    bench.until("there is no bucket bench-nowhere").await;
    bench.press("m ctrl-u");
    bench.paste("s3://bench-source/new");
    bench.press("enter");
    bench.until("Type 2 to move").await;
    bench.press("2 enter");
    bench.until("new/").await;
    bench.press("2");
    bench.until("2 done").await;
    assert_eq!(keys(&bench, "bench-source").await, ["new/a.csv", "new/sub/b.csv", "older/x"]);
    // Where something else is, it is said before it is replaced.
    put(&bench, "older/a.csv", "other").await;
    bench.press("1 ctrl-r");
    bench.until("older/").await;
    bench.press("g g enter");
    bench.until("a.csv").await;
    bench.press("j c ctrl-u");
    bench.paste("s3://bench-source/older/");
    bench.press("enter");
    bench.until("older/a.csv is there already: it is replaced.").await;
    // So is one of many, in a folder.
    bench.press("esc backspace");
    bench.until("older/").await;
    bench.press("g g c ctrl-u");
    bench.paste("s3://bench-source/older");
    bench.press("enter");
    bench.until("2 objects").await;
    bench.until("older/a.csv is there already: it is replaced.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upload_of_many_would_replace_is_counted() {
    let mut bench = Bench::open().await;
    let files = tempfile::tempdir().unwrap();
    let folder = files.path().join("many");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    for number in 0..40 {
        std::fs::write(folder.join(format!("sub/{number:02}")), "rows").unwrap();
    }
    for key in ["many/sub/07", "many/sub/39", "many/sub/40", "many/sub//07", "many/07"] {
        put(&bench, key, "rows").await;
    }
    bench.press("enter");
    bench.until("many/").await;
    bench.press("u ctrl-u");
    bench.paste(folder.to_str().unwrap());
    bench.press("enter");
    bench.until("40 files").await;
    bench.until("2 objects").await;
}
