//! What is left of this lake's queue by others: what a user has stopped waits, what another
//! process works on stays with it, and what a process without a terminal works on is taken
//! over.

use std::time::Duration;

use super::{Cx, transfers};
use crate::model::trouble::Trouble;
use crate::transfer::Engine;
use crate::transfer::handover::hand_over;
use crate::transfer::journal::{BatchId, Elsewhere};
use crate::ui::talk::{Failure, Level, Notice};

/// A process that could not be asked is asked once more after this time.
const AGAIN: Duration = Duration::from_secs(30);

/// Looks around once, when a lake has been opened, and says what there is.
pub(super) async fn settle(engine: Engine, cx: Cx) {
    if let Err(trouble) = look(&engine, &cx).await {
        cx.complain(&trouble).await;
    }
}

async fn look(engine: &Engine, cx: &Cx) -> Result<(), Trouble> {
    if let Some(notice) = waiting(&engine.journal().stopped().await?) {
        cx.say(notice).await;
    }
    let (headless, attached): (Vec<_>, Vec<_>) =
        engine.journal().elsewhere().await?.into_iter().partition(|other| other.owner.headless);
    for other in &attached {
        cx.say(info(elsewhere(other), None)).await;
    }
    for other in headless {
        if let Err(first) = take_over(&other, engine, cx).await {
            cx.say(refused(&other, &first)).await;
            tokio::time::sleep(AGAIN).await;
            if let Err(trouble) = take_over(&other, engine, cx).await {
                cx.say(refused(&other, &trouble)).await;
            }
        }
    }
    Ok(())
}

/// Asks for the queue, and goes on with what is given. A process that has ended meanwhile
/// leaves orphans, which are taken up all the same.
pub(super) async fn take_over(other: &Elsewhere, engine: &Engine, cx: &Cx) -> Result<(), Trouble> {
    // What is in flight there may take its time.
    cx.say(info(asking(other), None)).await;
    let asked = hand_over(&other.socket).await;
    let taken = transfers::take_up(engine).await?;
    if let (0, Err(trouble)) = (taken, asked)
        && still_there(other, engine).await?
    {
        return Err(trouble);
    }
    cx.say(info(taken_over(taken, other.owner.pid), None)).await;
    Ok(())
}

async fn still_there(other: &Elsewhere, engine: &Engine) -> Result<bool, Trouble> {
    let there = engine.journal().elsewhere().await?;
    Ok(there.iter().any(|one| one.owner.id == other.owner.id))
}

fn info(text: String, hint: Option<String>) -> Notice {
    Notice { level: Level::Info, text: text.into(), hint: hint.map(Into::into) }
}

fn refused(other: &Elsewhere, trouble: &Trouble) -> Notice {
    let pid = other.owner.pid;
    let text = format!("Process {pid} keeps {}", batches(other.batches));
    Notice {
        level: Level::Warn,
        hint: Some(Failure::from(trouble).notice().text),
        text: text.into(),
    }
}

fn taken_over(count: usize, pid: u32) -> String {
    if count == 0 {
        // What was in flight was all there was.
        return format!("Process {pid} has brought its transfers to their end");
    }
    format!("Took over {} from process {pid}", batches(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn asking(other: &Elsewhere) -> String {
    let pid = other.owner.pid;
    format!("Process {pid} has lost its terminal: taking {} over", batches(other.batches))
}

fn elsewhere(other: &Elsewhere) -> String {
    let are = if other.batches == 1 { "is" } else { "are" };
    format!("{} {are} under way in process {}", batches(other.batches), other.owner.pid)
}

fn waiting(stopped: &[BatchId]) -> Option<Notice> {
    let (first, verb) = match stopped {
        [] => return None,
        [one] => (one, "waits"),
        [one, ..] => (one, "wait"),
    };
    let count = batches(u32::try_from(stopped.len()).unwrap_or(u32::MAX));
    let hint = format!("lakehand transfers resume {}", first.0);
    Some(info(format!("{count} that you stopped {verb} in Transfers"), Some(hint)))
}

/// As `lakehand transfers` counts them.
fn batches(count: u32) -> String {
    match count {
        1 => "1 transfer".to_owned(),
        many => format!("{many} transfers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_said_with_the_way_on() {
        assert_eq!(waiting(&[]), None);
        let notice = waiting(&[BatchId(7), BatchId(9)]).unwrap();
        assert_eq!(notice.text.as_str(), "2 transfers that you stopped wait in Transfers");
        assert_eq!(notice.hint.unwrap().as_str(), "lakehand transfers resume 7");
        assert_eq!(taken_over(1, 4711), "Took over 1 transfer from process 4711");
    }
}
