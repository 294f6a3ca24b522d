//! The Transfers pane: the queue, its filter, and what is beside it.

use std::time::Duration;

use insta::assert_snapshot;
use lakehand::model::shown::Shown;
use lakehand::model::transfer::{
    Direction, Proof, Totals, TransferId, TransferState, TransferView,
};
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::ui::panes::transfers::batches::{Batch, Files, News as BatchNews, Standing};
use lakehand::ui::panes::transfers::{News, Sample};

use super::stage::Stage;

fn row(id: u64, state: TransferState) -> TransferView {
    let moving = state.is_active();
    TransferView {
        id: TransferId(id),
        direction: Direction::Up,
        name: format!("sample-{id:04}.bam"),
        from: format!("/data/run7/sample-{id:04}.bam"),
        to: format!("s3://tre-source/run7/sample-{id:04}.bam"),
        size: 12 << 30,
        done: if moving { 5 << 30 } else { 0 },
        parts_done: 0,
        parts_total: 0,
        rate: if moving { 40e6 } else { 0.0 },
        eta: moving.then_some(Duration::from_secs(190)),
        retrying: None,
        ended: state.is_over().then(|| jiff::Timestamp::from_second(id.cast_signed()).unwrap()),
        state,
        turn: id.cast_signed(),
    }
}

/// After days: 2,000 have finished, four run, one is paused, one has failed, 994 wait.
fn days() -> Sample {
    let failed = Trouble::new(Kind::Denied, "put", "access denied").hint("ask for s3:PutObject");
    let mut rows: Vec<_> =
        (1..=2_000).map(|id| row(id, TransferState::Done(Proof::Crc64Nvme))).collect();
    rows.push(row(2_001, TransferState::Failed(failed)));
    rows.push(row(2_002, TransferState::Paused));
    rows.extend((2_003..=2_005).map(|id| row(id, TransferState::Running)));
    let again = Some("part 9, try 2: connection reset".to_owned());
    rows.push(TransferView { retrying: again, ..row(2_006, TransferState::Running) });
    rows.extend((2_007..=3_000).map(|id| row(id, TransferState::Queued)));
    let totals = Totals {
        queued: 994,
        active: 4,
        paused: 1,
        failed: 1,
        done: 14_200,
        bytes_done: 170 << 40,
        bytes_total: 182 << 40,
        rate: 160e6,
        eta: Some(Duration::from_secs(82_000)),
        ..Totals::default()
    };
    let rates = (0..60).map(|at| 120_000_000 + at % 7 * 9_000_000).collect();
    Sample { rows: rows.into(), totals, rates, ..Sample::default() }
}

fn batch(id: i64, what: &str, standing: Standing) -> Batch {
    Batch {
        id,
        what: Shown::of(what),
        from: vec!["/data/run6".into()],
        to: "s3://tre-source/run6/".into(),
        standing,
        files: Files {
            found: 40,
            through: 12,
            failed: 0,
            unfinished: 1,
            arrived: 7 << 30,
            more: false,
        },
        bytes_done: 151 << 30,
        bytes_total: 480 << 30,
        changed: Some("2026-11-21T15:55:00Z".parse().unwrap()),
    }
}

/// The pane with a queue and these beside it.
fn stage(sample: Sample, beside: Vec<Batch>) -> Stage {
    let mut stage = Stage::open();
    stage.press("2");
    stage.hear(News::Sample(sample));
    stage.hear(News::Batches(BatchNews::Beside(beside.into())));
    stage
}

fn both() -> Vec<Batch> {
    vec![
        batch(7, "put /data/run6 → s3://tre-source/run6/", Standing::Stopped),
        batch(9, "put /data/nightly → s3://tre-source/nightly/", Standing::Running(4711)),
    ]
}

#[test]
fn after_days() {
    assert_snapshot!(stage(days(), Vec::new()).screens());
}

#[test]
fn something_is_beside_the_queue() {
    assert_snapshot!(stage(days(), both()).screens());
}

#[test]
fn filtered() {
    let mut stage = stage(days(), Vec::new());
    stage.press("/");
    stage.type_text("200 !done");
    assert_snapshot!(stage.screens());
}

#[test]
fn empty() {
    assert_snapshot!(stage(Sample::default(), Vec::new()).screens());
}

#[test]
fn empty_but_something_waits() {
    assert_snapshot!(stage(Sample::default(), both()).screens());
}

#[test]
fn batches() {
    let mut stage = stage(days(), both());
    stage.press("b");
    assert_snapshot!(stage.screens());
}

#[test]
fn a_batch_with_all_that_is_known() {
    let mut stage = stage(days(), both());
    stage.press("b i");
    assert_snapshot!(stage.screens());
}

#[test]
fn cancelling_a_batch_says_what_is_lost() {
    let mut stage = stage(days(), both());
    stage.press("b x");
    assert_snapshot!(stage.screens());
}

#[test]
fn no_batches() {
    let mut stage = stage(Sample::default(), Vec::new());
    stage.press("b");
    assert_snapshot!(stage.screens());
}
