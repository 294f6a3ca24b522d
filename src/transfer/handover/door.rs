//! Where other processes of the same user ask for this one's queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::RwLock;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::socket;
use super::talk::{self, Answer, Ask};
use crate::model::trouble::Trouble;
use crate::transfer::Engine;
use crate::transfer::journal::{BatchId, BatchState};

/// How long parts in flight are waited for before the queue changes hands: a line that is
/// down must not keep it here.
pub(super) const GENTLY: Duration = Duration::from_secs(60);
/// No line of ours is longer, in bytes.
pub(super) const LONGEST_LINE: u64 = 4_096;
/// How long whoever knocks may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// The door of one engine; closed when it is dropped.
pub struct Door {
    house: Arc<House>,
    _closed: DropGuard,
}

struct House {
    engine: Engine,
    headless: AtomicBool,
    /// Read while somebody is being answered.
    answering: RwLock<()>,
    /// The queue is being handed over, and then has been.
    giving: CancellationToken,
    given: CancellationToken,
}

impl Door {
    /// Opens it beside the engine's lease. Where that cannot be done the queue is as safe as
    /// before, and nobody can ask for it: what comes back with the door says why.
    pub fn open(engine: &Engine) -> (Self, Option<Trouble>) {
        let house = Arc::new(House {
            engine: engine.clone(),
            headless: AtomicBool::new(false),
            answering: RwLock::default(),
            giving: CancellationToken::new(),
            given: CancellationToken::new(),
        });
        let closed = CancellationToken::new();
        let mut trouble = None;
        if let Some(path) = engine.journal().socket() {
            match socket::bind(&path) {
                Ok(listener) => {
                    tokio::spawn(listen(house.clone(), listener, closed.clone()));
                }
                Err(error) => {
                    let what = format!("listen at {}", path.display());
                    trouble = Some(Trouble::disk(what, &error));
                }
            }
        }
        (Self { house, _closed: closed.drop_guard() }, trouble)
    }

    /// The terminal is gone: whoever asks for the queue from now on gets it.
    pub async fn headless(&self) {
        tracing::info!("the terminal is gone; transfers go on without it");
        if let Err(trouble) = self.house.engine.journal().headless().await {
            tracing::warn!(%trouble, "nobody is told that this process is headless");
        }
        self.house.headless.store(true, Ordering::SeqCst);
    }

    /// Waits until nothing is left to do here and whoever asked has been answered; true where
    /// that is because the queue was handed over.
    pub async fn idle(&self) -> bool {
        self.house.engine.idle().await;
        // The end of the queue may be what was asked for.
        let _ = timeout(PATIENCE, self.house.answering.write()).await;
        if self.house.giving.is_cancelled() {
            self.house.given.cancelled().await;
            return true;
        }
        false
    }
}

async fn listen(house: Arc<House>, listener: UnixListener, closed: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = closed.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(attend(house.clone(), stream));
            }
            Err(error) => {
                tracing::warn!(%error, "somebody could not be let in");
                // Most likely too many files are open, which passes.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn attend(house: Arc<House>, stream: UnixStream) {
    let me = rustix::process::getuid().as_raw();
    let peer = stream.peer_cred().map(|who| (who.uid(), who.pid()));
    let (from, mut to) = stream.into_split();
    let asked = match peer {
        Ok((uid, _)) if talk::admits(uid, me) => {
            let mut line = String::new();
            let mut from = BufReader::new(from.take(LONGEST_LINE));
            match timeout(PATIENCE, from.read_line(&mut line)).await {
                Ok(Ok(_)) => talk::read(&line),
                _ => Err("nothing was asked"),
            }
        }
        _ => Err("only processes of the same user may ask"),
    };
    let pid = peer.ok().and_then(|(_, pid)| pid);
    let answer = match asked {
        Ok(ask) => {
            tracing::info!(?ask, pid, "asked by another process");
            let _answering = house.answering.read().await;
            let answer = house.answer(ask, &mut to).await;
            say(&mut to, &answer).await;
            answer
        }
        Err(why) => {
            tracing::warn!(pid, why, "refused another process");
            let answer = Answer::Refused { why: why.to_owned() };
            say(&mut to, &answer).await;
            answer
        }
    };
    if answer == Answer::HandedOver {
        house.given.cancel();
    }
}

impl House {
    async fn answer(&self, ask: Ask, to: &mut OwnedWriteHalf) -> Answer {
        match ask {
            Ask::HandOver if !self.headless.load(Ordering::SeqCst) => {
                Answer::Refused { why: "it has a terminal, and goes on itself".to_owned() }
            }
            Ask::HandOver => {
                self.giving.cancel();
                say(to, &Answer::Wait).await;
                let gently = self.engine.leave(BatchState::Open, true);
                if timeout(GENTLY, gently).await.is_err() {
                    self.engine.leave(BatchState::Open, false).await;
                }
                Answer::HandedOver
            }
            Ask::Cancel { batch } => {
                say(to, &Answer::Wait).await;
                match self.engine.cancel_batch(BatchId(batch)).await {
                    Some(thrown_away) => Answer::Cancelled { thrown_away },
                    None => Answer::Refused { why: "its process has just ended it".to_owned() },
                }
            }
        }
    }
}

/// Whoever asked may have gone: what was asked is done all the same.
async fn say(to: &mut OwnedWriteHalf, answer: &Answer) {
    let _ = to.write_all(talk::line(answer).as_bytes()).await;
}
