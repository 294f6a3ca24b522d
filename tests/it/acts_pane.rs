//! Names, folders, tags, classes, comparisons and places from the Buckets pane, on a real local
//! lake.

use bytes::Bytes;
use lakehand::lake::PutWith;
use lakehand::model::storage::Tier;
use lakehand::model::tags::Tags;
use lakehand::model::uri::S3Uri;

use crate::workbench::Bench;

fn uri(key: &str) -> S3Uri {
    S3Uri::new("bench-source", key)
}

async fn put(bench: &Bench, key: &str) {
    let bytes = Bytes::from_static(b"rows");
    bench.lake.put_bytes(&uri(key), bytes, &PutWith::default()).await.unwrap();
}

async fn keys(bench: &Bench) -> Vec<String> {
    let page = bench.lake.page(&uri(""), false, None, 1000).await.unwrap();
    page.entries.iter().map(|entry| entry.key().to_owned()).collect()
}

/// In `in/`, with these objects in it.
async fn inside(objects: &[&str]) -> Bench {
    let mut bench = Bench::open().await;
    for key in objects {
        put(&bench, key).await;
    }
    bench.press("enter");
    bench.until("in/").await;
    bench.press("enter");
    bench.until("a.csv").await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_and_a_folder_get_other_names() {
    let mut bench = inside(&["in/a.csv", "in/z/1", "in/z/2"]).await;
    bench.press("j R");
    bench.until("Rename a.csv").await;
    bench.press("enter");
    assert!(!bench.screen().contains("Move?"), "the same name is no rename");
    bench.press("R ctrl-u");
    bench.paste("sub/b.csv");
    bench.press("enter");
    bench.until("to s3://bench-source/in/sub/b.csv").await;
    bench.press("y 2");
    bench.until("1 done").await;
    assert_eq!(keys(&bench).await, ["in/sub/b.csv", "in/z/1", "in/z/2"]);
    bench.press("1");
    bench.until("sub/").await;
    bench.press("g g j R ctrl-u");
    bench.paste("zz");
    bench.press("enter");
    bench.until("2 objects").await;
    bench.press("2 enter 2");
    bench.until("3 done").await;
    assert_eq!(keys(&bench).await, ["in/sub/b.csv", "in/zz/1", "in/zz/2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_made_once() {
    let mut bench = inside(&["in/a.csv"]).await;
    bench.press("n enter");
    bench.until("A folder needs a name").await;
    bench.press("n");
    bench.paste("new");
    bench.press("enter");
    bench.until("s3://bench-source/in/new/ is made").await;
    bench.until("1 folder, 1 object").await;
    bench.press("n");
    bench.paste("new/");
    bench.press("enter");
    bench.until("s3://bench-source/in/new/ is there already").await;
    assert_eq!(keys(&bench).await, ["in/a.csv", "in/new/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_changed_meanwhile_are_not_overwritten_unseen() {
    let mut bench = inside(&["in/a.csv"]).await;
    bench.press("t");
    bench.until("Tags of a.csv").await;
    bench.until("writes").await;
    bench.paste("project");
    bench.press("tab");
    bench.paste("tre-17");
    let theirs: Tags = [("owner".to_owned(), "ann".to_owned())].into();
    bench.lake.set_tags(&uri("in/a.csv"), &theirs).await.unwrap();
    bench.press("ctrl-j");
    bench.until("Replace the tags?").await;
    bench.until("owner = ann").await;
    bench.press("enter");
    assert_eq!(bench.lake.tags(&uri("in/a.csv")).await.unwrap(), theirs, "no is the default");
    bench.press("ctrl-j");
    bench.until("Replace the tags?").await;
    bench.press("y");
    bench.until("The tags of a.csv are written").await;
    let mine: Tags = [("project".to_owned(), "tre-17".to_owned())].into();
    assert_eq!(bench.lake.tags(&uri("in/a.csv")).await.unwrap(), mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tag_is_set_on_many_and_taken_off_again() {
    let mut bench = inside(&["in/a.csv", "in/sub/b.csv", "in/sub/c.csv"]).await;
    let old: Tags = [("keep".to_owned(), "1".to_owned())].into();
    bench.lake.set_tags(&uri("in/sub/c.csv"), &old).await.unwrap();
    bench.press("ctrl-a t 1");
    bench.until("A tag for 2 items").await;
    bench.paste("stage");
    bench.press("tab");
    bench.paste("curated");
    bench.press("ctrl-j");
    bench.until("on 3 objects").await;
    bench.press("3 enter");
    bench.until("3 objects tagged").await;
    for key in ["in/a.csv", "in/sub/b.csv", "in/sub/c.csv"] {
        let tags = bench.lake.tags(&uri(key)).await.unwrap();
        assert_eq!(tags.get("stage").map(String::as_str), Some("curated"), "{key}");
    }
    bench.press("esc t 2");
    bench.until("Take a tag off 2 items").await;
    bench.paste("stage");
    bench.press("enter");
    bench.until("Take the tag off?").await;
    bench.press("3 enter");
    bench.until("3 objects untagged").await;
    assert_eq!(bench.lake.tags(&uri("in/sub/c.csv")).await.unwrap(), old);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_archived_and_brought_back() {
    let mut bench = inside(&["in/a.csv"]).await;
    bench.press("S 6");
    bench.until("Change the storage class?").await;
    bench.until("charged for 90 days").await;
    bench.press("y");
    bench.until("  GLACIER").await;
    bench.press("S 8");
    bench.until("For how many days").await;
    bench.press("enter");
    bench.until("are billed").await;
    bench.press("y");
    bench.until("1 object being restored").await;
    bench.until("… GLACIER").await;
    bench.press("esc i");
    bench.until("on its way").await;
    bench.lake.restore(&uri("in/a.csv"), 1, Tier::Expedited).await.unwrap();
    bench.press("i ctrl-r");
    bench.until("✓ GLACIER").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_compared_and_the_verdict_stays() {
    let mut bench = inside(&["in/a.csv"]).await;
    let file = bench.dir.path().join("mine.csv");
    for (text, said) in [("rows", "are the same, by crc64nvme"), ("cows", "not the same")] {
        std::fs::write(&file, text).unwrap();
        bench.press("=");
        bench.until("Compare a.csv").await;
        bench.paste(file.to_str().unwrap());
        bench.press("enter");
        bench.until(said).await;
        bench.press("esc");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_found_again() {
    let mut bench = inside(&["in/a.csv", "out/b.csv"]).await;
    bench.press("B");
    bench.until("Bookmarked s3://bench-source/in/").await;
    bench.press("h");
    bench.until("out/").await;
    bench.press("j enter");
    bench.until("b.csv").await;
    // The visit is written down behind the rows.
    bench.press("b");
    bench.until("* s3://bench-source/in/").await;
    while !bench.screen().contains("  s3://bench-source/out/") {
        bench.press("esc b");
        bench.until("* s3://bench-source/in/").await;
    }
    bench.paste("source/in");
    bench.press("enter");
    bench.until("a.csv").await;
    bench.press("b");
    bench.until("* s3://bench-source/in/").await;
    bench.press("ctrl-x");
    bench.until_gone("* s3://").await;
    assert!(bench.screen().contains("  s3://bench-source/out/"), "{}", bench.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_into_a_lake_inside_this_program() {
    let mut bench = inside(&["in/a.csv"]).await;
    bench.press("L enter");
    bench.until("Make a link?").await;
    bench.press("y");
    bench.until("this lake is served inside").await;
}
