//! Every key below a prefix, in order, by many requests at once.
//!
//! The first page is asked for alone: most prefixes have no more. Where there is more and the
//! reader waits, the range of what is left is cut ([`split`]), and its pieces are read beside one
//! another, to be cut again as they finish. Told is only what is next in order; what is read
//! ahead waits, and is bounded. One task holds it all; its requests are tasks of their own.

mod ask;
mod range;
mod split;

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::task::AbortOnDropHandle;

use crate::lake::Lake;
use crate::model::keys::{KeyPage, Keys};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use ask::{Answer, Asker, Heard};
use range::{Cut, Disorder, Range};
use split::Alphabet;

/// Pages of the range that is told which wait for the reader, and of all others together; those
/// few that are told next may double it, lest what is far away starves them.
const TOLD: usize = 2;
const AHEAD: usize = 320;
/// So many are for whoever is first; of the rest each range has its share.
const FREE: usize = 240;
const NEXT: usize = 8;
/// Requests at once, to begin with. More only where the line is what is waited for.
const WIDTH: usize = 8;
const FAR: Duration = Duration::from_millis(10);
/// Cuts worth looking for at once.
const LOOKS: usize = 4;
/// Keys of a page that the alphabet is learnt from.
const LEARNT: usize = 8;

/// How a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gait {
    /// Keys on a page, at most 1,000.
    pub page: u16,
    /// Requests at once, at most; with 1 page follows page.
    pub widest: usize,
}

impl Default for Gait {
    fn default() -> Self {
        Self { page: 1000, widest: 64 }
    }
}

/// A walk under way. Dropping it ends the walk, its requests in flight included.
#[derive(Debug)]
pub struct Walk {
    keys: mpsc::Receiver<Result<Keys, Trouble>>,
    _task: AbortOnDropHandle<()>,
}

impl Walk {
    /// The next keys in byte order; `None` after the last ones and after a failure.
    ///
    /// # Errors
    /// As S3 answers, once it has been tried for long enough.
    pub async fn next(&mut self) -> Option<Result<Keys, Trouble>> {
        self.keys.recv().await
    }
}

/// Starts walking over everything below a prefix. Call it on a tokio runtime.
///
/// A store that lists out of order is walked page by page, and its order is kept.
pub fn walk(lake: &Lake, prefix: S3Uri, gait: Gait) -> Walk {
    start(lake, prefix, gait, false)
}

/// The same with what has a `/` behind the prefix folded into folders: each is told once, as a
/// key of its name, in its place. So is whatever else ends in `/` behind the prefix.
pub(super) fn walk_folded(lake: &Lake, prefix: S3Uri, gait: Gait) -> Walk {
    start(lake, prefix, gait, true)
}

fn start(lake: &Lake, prefix: S3Uri, gait: Gait, folded: bool) -> Walk {
    let (tell, keys) = mpsc::channel(TOLD);
    let walker = Walker {
        prefix: prefix.key.clone(),
        asker: Asker { lake: lake.clone(), prefix, most: gait.page, folded },
        widest: gait.widest.max(1),
        width: WIDTH.min(gait.widest).max(1),
        ranges: VecDeque::from([Range::new(ROOT, None, None)]),
        made: ROOT,
        requests: JoinSet::new(),
        alphabet: Alphabet::default(),
        levels: HashSet::new(),
        order: if gait.widest > 1 { Order::Cut } else { Order::Whole },
    };
    Walk { keys, _task: AbortOnDropHandle::new(tokio::spawn(walker.run(tell))) }
}

/// The range that begins at the beginning.
const ROOT: u64 = 0;

/// What the store may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Ranges are cut.
    Cut,
    /// No more of them are.
    Whole,
    /// It lists out of order: page by page.
    None,
}

struct Walker {
    asker: Asker,
    prefix: String,
    widest: usize,
    width: usize,
    /// In order; the first is told.
    ranges: VecDeque<Range>,
    /// The newest range's id.
    made: u64,
    requests: JoinSet<Heard>,
    alphabet: Alphabet,
    /// Folders whose folders were asked for.
    levels: HashSet<String>,
    order: Order,
}

impl Walker {
    async fn run(mut self, tell: mpsc::Sender<Result<Keys, Trouble>>) {
        loop {
            while self.ranges.front().is_some_and(|range| range.over && range.ready.is_empty()) {
                self.ranges.pop_front();
            }
            self.ask();
            let Some(front) = self.ranges.front_mut() else { return };
            tokio::select! {
                biased;
                room = tell.reserve(), if !front.ready.is_empty() => {
                    let (Ok(room), Some(keys)) = (room, front.ready.pop_front()) else { return };
                    let failed = keys.is_err();
                    room.send(keys);
                    if failed {
                        return;
                    }
                }
                () = tell.closed() => return,
                Some(heard) = self.requests.join_next() => self.hear(heard),
            }
        }
    }

    /// Sends what there is room for, the earliest keys first.
    fn ask(&mut self) {
        let Some(first) = self.ranges.front().map(|range| range.id) else { return };
        let held = |range: &Range| range.ready.len() + usize::from(range.busy);
        let mut ahead: usize = self.ranges.iter().skip(1).map(held).sum();
        let each = (AHEAD / self.width).max(TOLD);
        for (at, range) in self.ranges.iter_mut().filter(|range| !range.over).enumerate() {
            if self.requests.len() >= self.width {
                return;
            }
            let told = range.id == first;
            let waiting = range.ready.len();
            // The first may always go on: everything else waits for it.
            let room = match told {
                true => waiting < TOLD,
                false if ahead < FREE => at < self.width,
                false if at < NEXT => waiting < each && ahead < 2 * AHEAD,
                false => at < self.width && waiting < each && ahead < AHEAD,
            };
            if range.busy || !room {
                continue;
            }
            range.busy = true;
            ahead += usize::from(!told);
            let (id, after, token) = (range.id, range.after.clone(), range.token.clone());
            self.requests.spawn(self.asker.clone().page(id, after, token));
        }
        // With something to tell, more hands would only fill the memory.
        let reader_waits = self.ranges.front().is_some_and(|range| range.ready.is_empty());
        if self.order == Order::Cut && reader_waits {
            self.look();
        }
    }

    /// Looks for places to cut the earliest ranges, as far as hands are free.
    fn look(&mut self) {
        // At first only how far keys begin alike: most of a prefix's places hold no choice.
        let none = Alphabet::default();
        let alphabet = if self.levels.is_empty() { &none } else { &self.alphabet };
        for range in self.ranges.iter_mut().filter(|range| !range.over).take(self.width) {
            let free = self.width.saturating_sub(self.requests.len());
            if free < LOOKS.min(self.width.div_ceil(2)) {
                return;
            }
            let worthwhile = range.looking == 0 && range.pages >= range.look_at;
            let Some(after) = range.after.as_deref().filter(|_| worthwhile) else { continue };
            let until = range.until.as_deref();
            let folder = split::folder(&self.prefix, after, until);
            // The folders of a folded walk are what it reads anyway.
            if self.levels.insert(folder.to_owned()) && !self.asker.folded {
                let level = self.asker.clone().level(range.id, folder.to_owned(), after.to_owned());
                self.requests.spawn(level);
                range.looking += 1;
            }
            let mut cuts = split::candidates(&self.prefix, after, until, range.span, alphabet);
            if self.asker.folded {
                cuts = split::above_folders(cuts, &self.prefix, after);
            }
            for cut in split::thinned(cuts, free.saturating_sub(range.looking)) {
                self.requests.spawn(self.asker.clone().behind(range.id, cut));
                range.looking += 1;
            }
            if range.looking == 0 {
                range.look_at = 2 * range.pages + 2;
            }
        }
    }

    fn hear(&mut self, heard: Result<Heard, JoinError>) {
        let heard = match heard {
            Ok(heard) => heard,
            Err(error) => {
                let trouble = Trouble::new(Kind::Other, "list", error.to_string());
                return self
                    .ranges
                    .iter_mut()
                    .take(1)
                    .for_each(|range| range.fail(trouble.clone()));
            }
        };
        if heard.slowed {
            self.width = (self.width / 2).max(1);
        } else if heard.took >= FAR {
            self.width = (self.width + 1).min(self.widest);
        }
        // A range may be through before what was asked about it is answered.
        let Some(at) = self.ranges.iter().position(|range| range.id == heard.range) else { return };
        match heard.answer {
            Answer::Page(page) => self.take(at, page),
            Answer::Cuts(cuts) => self.cut(at, cuts),
        }
    }

    fn take(&mut self, at: usize, page: Result<KeyPage, Trouble>) {
        let range = &mut self.ranges[at];
        range.busy = false;
        let page = match page {
            Ok(page) => page,
            Err(trouble) => return range.fail(trouble),
        };
        if page.next.is_some() && page.next == range.token {
            let why = "the store answers the same page again and again";
            return range.fail(Trouble::new(
                Kind::Other,
                format!("list {}", self.asker.prefix),
                why,
            ));
        }
        if self.order == Order::None {
            return range.keep(as_pages_go(page));
        }
        if self.order == Order::Cut {
            let names = page.keys.names();
            let step = names.len().div_ceil(LEARNT).max(1);
            names.iter().step_by(step).chain(names.last()).for_each(|key| self.alphabet.learn(key));
        }
        if let Err(Disorder(page)) = range.take(page) {
            self.go_page_by_page(at, page);
        }
    }

    fn cut(&mut self, at: usize, cuts: Result<Vec<Cut>, Trouble>) {
        let range = &mut self.ranges[at];
        range.looking -= 1;
        match cuts {
            Ok(cuts) => range.found.extend(cuts),
            // Not everybody may ask everything; pages go on as they did.
            Err(_) if self.order == Order::Cut => self.order = Order::Whole,
            Err(_) => {}
        }
        if range.looking > 0 || range.over {
            return;
        }
        for (nth, (after, until)) in range.split().into_iter().enumerate() {
            self.made += 1;
            self.ranges.insert(at + 1 + nth, Range::new(self.made, Some(after), until));
        }
    }

    /// Goes back to where the beginning is still being read, as if nothing had been cut.
    fn go_page_by_page(&mut self, at: usize, page: KeyPage) {
        self.order = Order::None;
        let root = self.ranges.front_mut().filter(|range| range.id == ROOT);
        let Some(root) = root.filter(|range| at == 0 || !range.over) else {
            let what = format!("list {}", self.asker.prefix);
            let why = "the store lists its keys out of order";
            return self.ranges[at].fail(Trouble::new(Kind::Other, what, why));
        };
        root.until = None;
        if at == 0 {
            root.over = false;
            root.keep(as_pages_go(page));
        }
        self.ranges.truncate(1);
    }
}

/// In order at least by itself.
fn as_pages_go(page: KeyPage) -> KeyPage {
    match page.keys.names().is_ascending() {
        true => page,
        false => KeyPage { keys: page.keys.sorted(), ..page },
    }
}
