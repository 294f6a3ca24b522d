//! Asking the process that works on a queue.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::time::timeout;

use super::door::{GENTLY, LONGEST_LINE};
use super::socket;
use super::talk::{self, Answer, Ask};
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::journal::BatchId;

/// A process that is alive says something within this time.
const FIRST: Duration = Duration::from_secs(5);
/// What it takes to end a batch, or to finish parts in flight, and some more.
const THEN: Duration = GENTLY.saturating_add(Duration::from_secs(30));

/// Asks whoever listens there for its queue. When this returns, parts in flight have arrived
/// and the journal has the batches back: they can be taken up.
///
/// # Errors
/// Where nobody answers, and where the answer is no.
pub async fn hand_over(socket: &Path) -> Result<(), Trouble> {
    let what = "take the transfers over";
    match ask(socket, &Ask::HandOver, what).await? {
        Answer::HandedOver => Ok(()),
        _ => Err(strange(what)),
    }
}

/// Asks whoever listens there to end one of its batches; tells how many bytes that had
/// arrived were thrown away.
///
/// # Errors
/// Where nobody answers, and where the answer is no.
pub async fn cancel(socket: &Path, batch: BatchId) -> Result<u64, Trouble> {
    let what = format!("cancel transfer {}", batch.0);
    match ask(socket, &Ask::Cancel { batch: batch.0 }, &what).await? {
        Answer::Cancelled { thrown_away } => Ok(thrown_away),
        _ => Err(strange(&what)),
    }
}

async fn ask(path: &Path, ask: &Ask, what: &str) -> Result<Answer, Trouble> {
    let failed = |why: String| Trouble::new(Kind::Unreachable, what, why);
    let lost = |error: std::io::Error| failed(format!("its process cannot be asked: {error}"));
    let silent = |_| failed("its process does not answer".to_owned());
    let stream = timeout(FIRST, socket::connect(path)).await.map_err(silent)?.map_err(lost)?;
    let (from, mut to) = stream.into_split();
    timeout(FIRST, to.write_all(talk::line(ask).as_bytes()))
        .await
        .map_err(silent)?
        .map_err(lost)?;
    let mut from = BufReader::new(from);
    let mut patience = FIRST;
    loop {
        let line = timeout(patience, line(&mut from)).await.map_err(silent)?.map_err(lost)?;
        if line.is_empty() {
            return Err(failed("its process ended before it answered".to_owned()));
        }
        match talk::read(&line) {
            Ok(Answer::Wait) => patience = THEN,
            Ok(Answer::Refused { why }) => return Err(Trouble::new(Kind::Refused, what, why)),
            Ok(answer) => return Ok(answer),
            Err(why) => return Err(failed(format!("its process answered strangely: {why}"))),
        }
    }
}

async fn line(from: &mut BufReader<OwnedReadHalf>) -> std::io::Result<String> {
    let mut line = String::new();
    from.take(LONGEST_LINE).read_line(&mut line).await?;
    Ok(line)
}

fn strange(what: &str) -> Trouble {
    Trouble::new(Kind::Other, what, "its process answered something else")
}
