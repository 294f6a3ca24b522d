use super::*;
use crate::model::transfer::{Direction, Proof};
use crate::model::uri::S3Uri;
use crate::transfer::Upload;
use crate::transfer::source::Fingerprint;

fn plan(name: &str) -> Plan {
    Plan::Upload(Upload::new(vec![name.into()], S3Uri::new("b", "P/")))
}

fn place(name: &str) -> Place {
    let remote = S3Uri::new("b", format!("P/{name}"));
    Place { direction: Direction::Up, local: format!("/d/{name}").into(), remote }
}

fn begin(batch: BatchId, name: &str) -> Begin {
    let print = Some(Fingerprint { device: 1, inode: u64::MAX, size: 50, modified: 7 });
    let place = place(name);
    Begin { batch, place, print, size: 50, part_size: 10, etag: None, temp: None }
}

fn part(number: u32) -> PartRow {
    PartRow { number, size: 10, etag: format!("e{number}"), crc: u64::MAX, md5: Some([3; 16]) }
}

fn ending(batch: BatchId, name: &str, stand: Stand) -> Ending {
    Ending {
        batch,
        place: place(name),
        stand,
        print: begin(batch, name).print,
        size: 50,
        moved: 50,
        reused: 0,
        proof: Proof::Crc64Nvme,
        checksum: Some("CRC64NVME:abc=".into()),
        sha256: None,
        etag: Some("abc".into()),
        version_id: Some("v1".into()),
        kms_key: None,
        note: Some("KMS key not compared: denied".into()),
        error: (stand == Stand::Failed).then(|| "put x: no".into()),
        began: 1,
        ended: 2,
    }
}

fn settings(name: &str) -> Settings {
    Settings::aws(name)
}

#[tokio::test]
async fn what_a_dead_process_began_is_found_with_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let first = Journal::open(dir.path(), &settings("l")).unwrap();
    let (batch, inherits) = first.begin_batch(&plan("/d/x")).await.unwrap();
    assert!(!inherits);
    let row = first.intend(begin(batch, "x")).await.unwrap();
    first.begun(row, "up-1".into(), true).await.unwrap();
    first.part(row, part(2)).await;
    // The last line was not waited for: it is on disk when the process ends in order.
    drop(first);

    let second = Journal::open(dir.path(), &settings("l")).unwrap();
    let taken = second.take_up(BatchState::Open).await.unwrap();
    assert_eq!(taken.iter().map(|taken| taken.id).collect::<Vec<_>>(), [batch]);
    let left = second.known(batch, place("x")).await.unwrap().left.unwrap();
    assert_eq!((left.upload_id.as_deref(), left.checksums), (Some("up-1"), true));
    assert_eq!((left.print, left.size, left.part_size), (begin(batch, "x").print, 50, 10));
    assert_eq!(left.parts, [part(2)]);
    assert_eq!(second.upload_ids().await.unwrap(), ["up-1"]);
}

#[tokio::test]
async fn the_living_are_left_alone_and_other_lakes_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = Journal::open(dir.path(), &settings("l")).unwrap();
    let (batch, _) = first.begin_batch(&plan("/d/x")).await.unwrap();
    first.intend(begin(batch, "x")).await.unwrap();
    let second = Journal::open(dir.path(), &settings("l")).unwrap();
    assert_eq!(second.take_up(BatchState::Open).await.unwrap(), []);
    let refused = second.take_up_one(batch).await.unwrap_err();
    assert!(refused.why.contains(&format!("process {}", std::process::id())), "{refused}");
    let (mine, _) = second.begin_batch(&plan("/d/x")).await.unwrap();
    let busy = second.known(mine, place("x")).await.unwrap_err();
    assert_eq!(busy.kind, Kind::Refused);
    drop(first);
    let other = Journal::open(dir.path(), &settings("another")).unwrap();
    assert_eq!(other.take_up(BatchState::Open).await.unwrap(), []);
    assert_eq!(other.take_up_one(batch).await.unwrap_err().kind, Kind::NotFound);
    assert!(second.known(mine, place("x")).await.unwrap().left.is_some(), "now it is nobody's");
}

#[tokio::test]
async fn the_same_batch_again_goes_on_with_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let first = Journal::open(dir.path(), &settings("l")).unwrap();
    let (old, _) = first.begin_batch(&plan("/d/x")).await.unwrap();
    first.intend(begin(old, "x")).await.unwrap();
    first.leave_batch(old, BatchState::Stopped, Counts::default()).await.unwrap();
    assert_eq!(first.take_up(BatchState::Open).await.unwrap(), [], "its user interrupted it");
    let (new, inherits) = first.begin_batch(&plan("/d/x")).await.unwrap();
    assert!(inherits && new != old);
    assert!(first.known(new, place("x")).await.unwrap().left.is_some());
    let views = read(dir.path()).unwrap();
    let states: Vec<_> = views.iter().map(|view| (view.id, view.state)).collect();
    assert_eq!(states, [(old, BatchState::Over), (new, BatchState::Open)]);
}

#[tokio::test]
async fn ends_are_kept_and_what_is_through_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), &settings("l")).unwrap();
    let (batch, _) = journal.begin_batch(&plan("/d")).await.unwrap();
    let row = journal.intend(begin(batch, "x")).await.unwrap();
    journal.ended(Some(row), ending(batch, "x", Stand::Done)).await;
    journal.ended(None, ending(batch, "a", Stand::Failed)).await;
    let endings = journal.endings(batch, |rows| rows.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(endings.len(), 2);
    assert_eq!(endings[0], ending(batch, "a", Stand::Failed));
    assert_eq!((endings[1].stand, &endings[1].place), (Stand::Done, &place("x")));
    let before = journal.known(batch, place("x")).await.unwrap();
    assert_eq!(before.left, None);
    let print = begin(batch, "x").print.unwrap();
    assert_eq!(before.before, Some((print, "CRC64NVME:abc=".to_owned())));
    let through = journal.through(batch).unwrap().unwrap();
    assert_eq!(through.stand(&place("x").remote), Some(Stand::Done));
    assert_eq!(through.stand(&place("a").remote), Some(Stand::Failed));
    assert_eq!(through.stand(&place("z").remote), None);
    assert_eq!(journal.upload_ids().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn what_is_beside_is_told_with_who_works_on_it_and_what_has_arrived() {
    let dir = tempfile::tempdir().unwrap();
    let open = |lake: &str| Journal::open(dir.path(), &settings(lake)).unwrap();
    let (first, second, other) = (open("l"), open("l"), open("another"));
    let counts = Counts { found: 3, done: 1, bytes_total: 150, ..Counts::default() };
    let (stopped, _) = first.begin_batch(&plan("/d/x")).await.unwrap();
    let row = first.intend(begin(stopped, "x")).await.unwrap();
    first.part(row, part(1)).await;
    first.part(row, part(2)).await;
    first.ended(None, ending(stopped, "through", Stand::Done)).await;
    first.ended(None, ending(stopped, "failed", Stand::Failed)).await;
    first.leave_batch(stopped, BatchState::Stopped, counts).await.unwrap();
    let (running, _) = first.begin_batch(&plan("/d/y")).await.unwrap();
    let (over, _) = first.begin_batch(&plan("/d/z")).await.unwrap();
    first.leave_batch(over, BatchState::Over, counts).await.unwrap();
    second.begin_batch(&plan("/d/mine")).await.unwrap();
    other.begin_batch(&plan("/d/elsewhere")).await.unwrap();

    let found = second.beside().await.unwrap();
    let [waits, runs] = &found[..] else { panic!("{found:?}") };
    assert_eq!((waits.id, waits.state, waits.counts), (stopped, BatchState::Stopped, counts));
    assert_eq!((waits.unfinished, waits.arrived, &waits.owner), (1, 20, &None));
    let remnants = first.remnants(stopped).await.unwrap();
    assert_eq!(remnants.iter().map(|one| one.bytes).sum::<u64>(), waits.arrived);
    assert_eq!(waits.order, Order::of(&plan("/d/x")).ok());
    let (owner, socket) = runs.owner.as_ref().unwrap();
    assert_eq!((runs.id, owner.pid), (running, std::process::id()));
    assert_eq!(Some(socket), first.socket().as_ref());
    drop(first);
    let left = second.beside().await.unwrap();
    assert_eq!((left.len(), left[1].state, &left[1].owner), (2, BatchState::Open, &None));
    assert_eq!(Journal::in_memory(&settings("l")).unwrap().beside().await, Ok(Vec::new()));
}

#[tokio::test]
async fn figures_that_come_late_do_not_undo_the_last_ones() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), &settings("l")).unwrap();
    let (batch, _) = journal.begin_batch(&plan("/d")).await.unwrap();
    let last = Counts { found: 2, done: 2, ..Counts::default() };
    journal.leave_batch(batch, BatchState::Over, last).await.unwrap();
    journal.count(batch, Counts { found: 2, done: 1, walking: true, ..last }).await;
    journal.upload_ids().await.unwrap();
    assert_eq!(read(dir.path()).unwrap()[0].counts, last);
}
