//! The journal for people: a row a batch, and below it what is under way or has failed.

use super::super::failure::Failure;
use super::super::out::Out;
use super::super::units::bytes;
use super::standing::Standing;
use crate::govern::shown;
use crate::transfer::journal::{BatchView, Counts, OpenView, Order};

/// Batches that are over are shown from here on; the older ones are counted.
const LAST: usize = 5;
/// Transfers of one batch.
const EACH: usize = 5;

pub(super) fn print(batches: &[BatchView], out: &mut Out) -> Result<(), Failure> {
    for line in lines(batches) {
        out.line(&line)?;
    }
    Ok(())
}

fn lines(batches: &[BatchView]) -> Vec<String> {
    if batches.is_empty() {
        return vec!["No transfers yet: `lakehand put` and `get` begin some.".to_owned()];
    }
    let over = batches.iter().filter(|batch| Standing::of(batch).is_over()).count();
    let folded = over.saturating_sub(LAST);
    let mut lines = Vec::new();
    if folded > 0 {
        lines.push(format!("{folded} older ones are over; --json lists them all"));
    }
    let lakes = batches.iter().any(|batch| batch.lake != batches[0].lake);
    let mut passed = 0;
    for batch in batches {
        let standing = Standing::of(batch);
        passed += usize::from(standing.is_over());
        if standing.is_over() && passed <= folded {
            continue;
        }
        lines.push(row(batch, standing, lakes));
        let its = &batch.transfers;
        lines.extend(its.iter().take(EACH).map(transfer));
        if its.len() > EACH {
            lines.push(format!("{BELOW}and {} more", its.len() - EACH));
        }
    }
    lines
}

/// Under the third column.
const BELOW: &str = "                            ";

/// `   7  headless (pid 4711)  120.0 MB of 200.0 MB  0 of 1 files  put /data/x → s3://b/P/`.
fn row(batch: &BatchView, standing: Standing, with_lake: bool) -> String {
    let state = match (standing.pid(), standing.heir()) {
        (Some(pid), _) => format!("{} (pid {pid})", standing.name()),
        (None, Some(heir)) => format!("{} as {}", standing.name(), heir.0),
        (None, None) => standing.name().to_owned(),
    };
    let what = batch.order.as_ref().map(Order::sentence);
    let what = what.unwrap_or_else(|| "of a newer lakehand".to_owned());
    let lake = if with_lake { format!("  [{}]", batch.lake) } else { String::new() };
    let figures = figures(&batch.counts);
    format!("{:>4}  {state:20}  {figures}  {}{}", batch.id.0, shown(&what), shown(&lake))
}

fn figures(counts: &Counts) -> String {
    let more = if counts.walking { "+" } else { "" };
    let through = counts.done + counts.skipped;
    let mut text = format!(
        "{} of {}{more}, {through} of {}{more} files",
        bytes(counts.bytes_done),
        bytes(counts.bytes_total),
        counts.found
    );
    for (count, word) in [(counts.failed, "failed"), (counts.cancelled, "cancelled")] {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}

fn transfer(transfer: &OpenView) -> String {
    let name = shown(&transfer.remote.to_string()).into_owned();
    match (&transfer.error, transfer.state.as_str()) {
        (Some(error), _) => format!("{BELOW}failed: {}", shown(error)),
        (None, "failed") => format!("{BELOW}failed: {name}"),
        (None, state) => {
            let state = if state == "paused" { "paused at" } else { "" };
            let done = format!("{} of {}", bytes(transfer.done), bytes(transfer.size));
            format!("{BELOW}{}  {name}", format!("{state} {done}").trim_start())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uri::S3Uri;
    use crate::transfer::journal::{BatchId, OwnerId, OwnerNote};
    use crate::transfer::{BatchState, Plan, Upload};

    fn batch(id: i64, state: BatchState) -> BatchView {
        let to = S3Uri::new("b", "P/");
        let plan = Plan::Upload(Upload::new(vec!["/d/\u{1b}x".into()], to));
        BatchView {
            id: BatchId(id),
            lake: "tre".into(),
            state,
            counts: Counts {
                found: 3,
                done: 1,
                bytes_total: 40_000_000,
                bytes_done: 12_300_000,
                ..Counts::default()
            },
            began: 0,
            changed: 0,
            order: Order::of(&plan).ok(),
            heir: None,
            owner: None,
            transfers: Vec::new(),
        }
    }

    #[test]
    fn a_row_says_who_how_far_and_what() {
        let owner = OwnerNote { id: OwnerId("x".into()), pid: 4711, headless: true };
        let open = OpenView {
            local: "/d/x".into(),
            remote: S3Uri::new("b", "P/x"),
            state: "open".into(),
            size: 30_000_000,
            done: 10_000_000,
            upload_id: None,
            error: None,
        };
        let failed =
            OpenView { state: "failed".into(), error: Some("put y: no".into()), ..open.clone() };
        let batch = BatchView {
            owner: Some(owner),
            transfers: vec![open, failed],
            ..batch(7, BatchState::Open)
        };
        assert_eq!(
            lines(&[batch]),
            [
                "   7  headless (pid 4711)   12.3 MB of 40.0 MB, 1 of 3 files  put /d/␛x → s3://b/P/",
                "                            10.0 MB of 30.0 MB  s3://b/P/x",
                "                            failed: put y: no",
            ]
        );
    }

    #[test]
    fn what_is_over_is_folded_and_what_is_not_never_is() {
        let mut batches = vec![batch(1, BatchState::Stopped)];
        batches.extend((2..=10).map(|id| batch(id, BatchState::Over)));
        let lines = lines(&batches);
        assert_eq!(lines[0], "4 older ones are over; --json lists them all");
        assert!(lines[1].starts_with("   1  stopped "), "{}", lines[1]);
        assert!(lines[2].starts_with("   6  done "), "{}", lines[2]);
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn what_another_batch_went_on_with_is_not_called_done() {
        let old = BatchView { heir: Some(BatchId(9)), ..batch(7, BatchState::Over) };
        assert!(lines(&[old])[0].starts_with("   7  continued as 9  "));
    }

    #[test]
    fn an_empty_journal_is_a_sentence() {
        assert_eq!(lines(&[]).len(), 1);
    }

    #[test]
    fn lakes_are_named_where_there_are_several() {
        let other = BatchView { lake: "local /l".into(), ..batch(2, BatchState::Open) };
        let lines = lines(&[batch(1, BatchState::Open), other]);
        assert!(lines[0].ends_with("[tre]") && lines[1].ends_with("[local /l]"), "{lines:?}");
    }
}
