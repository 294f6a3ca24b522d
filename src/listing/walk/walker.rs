//! The task of a walk: what it asks for, what it holds, what it tells.
//!
//! In order, told is only what is next; what is read ahead waits, and is bounded.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::ask::{Answer, Asker, Heard};
use super::range::{Cut, Disorder, Piece, Range};
use super::split::{self, Alphabet};
use super::{Gait, Stop};
use crate::lake::Lake;
use crate::model::keys::{KeyPage, Keys};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Pages of the range that is told which wait for the reader, and for each request at once of all
/// others together, up to a limit; those few that are told next may double it, lest what is far
/// away starves them.
pub const TOLD: usize = 2;
const AHEAD: usize = 16;
const MOST_AHEAD: usize = 320;
const NEXT: usize = 8;
/// Requests at once, to begin with. More only where the line is what is waited for: where pages are
/// quick, four keep this machine busy.
const WIDTH: usize = 8;
const NEAR: usize = 4;
const FAR: Duration = Duration::from_millis(10);
/// Answers after which a quick one is forgotten, roughly.
const FORGOTTEN: u32 = 64;
/// Cuts worth looking for at once.
const LOOKS: usize = 4;
/// Keys of a page that the alphabet is learnt from.
const LEARNT: usize = 8;

/// In which order keys are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    InOrder,
    AsItComes,
}

/// What the names of directory buckets end in.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>
const DIRECTORY: &str = "--x-s3";

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

/// All that a walk knows.
pub struct Walker {
    asker: Asker,
    prefix: String,
    telling: Telling,
    widest: usize,
    width: usize,
    /// What an answer takes that waits for no other; forgets slowly.
    quickest: Option<Duration>,
    /// In order; the first is told.
    ranges: VecDeque<Range>,
    /// The newest range's id.
    made: u64,
    requests: JoinSet<Heard>,
    alphabet: Alphabet,
    /// Cuts were looked for.
    looked: bool,
    /// Folders whose folders were asked for.
    levels: HashSet<String>,
    order: Order,
}

impl Walker {
    /// A walk that has not begun. `folded`: what has a `/` behind the prefix is a folder.
    pub fn new(lake: &Lake, prefix: S3Uri, gait: Gait, folded: bool, telling: Telling) -> Self {
        let order = match gait.widest {
            // Directory buckets know no order, and no `start-after`.
            _ if prefix.bucket.ends_with(DIRECTORY) => Order::None,
            0 | 1 if telling == Telling::AsItComes => Order::None,
            0 | 1 => Order::Whole,
            _ => Order::Cut,
        };
        Self {
            prefix: prefix.key.clone(),
            asker: Asker { lake: lake.clone(), prefix, most: gait.page, folded },
            telling,
            widest: gait.widest.max(1),
            width: WIDTH.min(gait.widest).max(1),
            quickest: None,
            ranges: VecDeque::from([Range::new(ROOT, None, None)]),
            made: ROOT,
            requests: JoinSet::new(),
            alphabet: Alphabet::default(),
            looked: false,
            levels: HashSet::new(),
            order,
        }
    }

    /// Walks until everything is told, something fails, or nobody listens.
    pub async fn run(mut self, tell: mpsc::Sender<Result<Keys, Stop>>) {
        loop {
            self.leave_what_is_through();
            self.ask();
            if self.ranges.is_empty() {
                return;
            }
            let is_ready = self.next_told().is_some();
            tokio::select! {
                biased;
                room = tell.reserve(), if is_ready => {
                    let keys = self.next_told().and_then(|range| range.ready.pop_front());
                    let (Ok(room), Some(keys)) = (room, keys) else { return };
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

    fn leave_what_is_through(&mut self) {
        let is_through = |range: &Range| range.over && range.ready.is_empty();
        match self.telling {
            Telling::InOrder => {
                while self.ranges.front().is_some_and(is_through) {
                    self.ranges.pop_front();
                }
            }
            Telling::AsItComes => self.ranges.retain(|range| !is_through(range)),
        }
    }

    /// The range whose keys may be told now, where any may.
    fn next_told(&mut self) -> Option<&mut Range> {
        let mut ranges = match self.telling {
            Telling::InOrder => self.ranges.range_mut(..self.ranges.len().min(1)),
            Telling::AsItComes => self.ranges.range_mut(..),
        };
        ranges.find(|range| !range.ready.is_empty())
    }

    /// Requests at once, at most.
    fn hands(&self) -> usize {
        match self.quickest {
            Some(took) if took < FAR => self.width.min(NEAR),
            _ => self.width,
        }
    }

    /// Sends what there is room for, the earliest keys first.
    fn ask(&mut self) {
        let Some(first) = self.ranges.front().map(|range| range.id) else { return };
        let hands = self.hands();
        let in_order = self.telling == Telling::InOrder;
        let held = |range: &Range| range.ready.len() + usize::from(range.busy);
        let mut ahead: usize = self.ranges.iter().skip(usize::from(in_order)).map(held).sum();
        let most = (AHEAD * hands).min(MOST_AHEAD);
        // Three quarters are for whoever is first; of the rest each range has its share.
        let (free, each) = (most / 4 * 3, (most / hands).max(TOLD));
        for (at, range) in self.ranges.iter_mut().filter(|range| !range.over).enumerate() {
            if self.requests.len() >= hands {
                return;
            }
            let told = in_order && range.id == first;
            let waiting = range.ready.len();
            // The first may always go on: everything else waits for it.
            let room = match told {
                true => waiting < TOLD,
                false if !in_order => ahead < 2 * hands,
                false if ahead < free => at < hands,
                false if at < NEXT => waiting < each && ahead < 2 * most,
                false => at < hands && waiting < each && ahead < most,
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
        if self.order == Order::Cut && self.next_told().is_none() {
            self.look();
        }
    }

    /// Looks for places to cut the earliest ranges, as far as hands are free.
    fn look(&mut self) {
        // At first only how far keys begin alike: most of a prefix's places hold no choice.
        let none = Alphabet::default();
        let alphabet = if self.looked { &self.alphabet } else { &none };
        let hands = self.hands();
        for range in self.ranges.iter_mut().filter(|range| !range.over).take(hands) {
            let free = hands.saturating_sub(self.requests.len());
            if free < LOOKS.min(hands.div_ceil(2)) {
                return;
            }
            let worthwhile = range.looking == 0 && range.pages >= range.look_at;
            let Some(after) = range.after.as_deref().filter(|_| worthwhile) else { continue };
            let until = range.until.as_deref();
            let folder = split::folder(&self.prefix, after, until);
            // Where the key at hand lies deeper there is a folder, and likely more of them. Those of
            // a folded walk are what it reads anyway.
            let deeper = !self.asker.folded && after[folder.len()..].contains('/');
            if deeper && self.levels.insert(folder.to_owned()) {
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
            self.looked |= range.looking > 0;
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
        let rising = |took: Duration| took + took / FORGOTTEN;
        let quickest = self.quickest.map_or(heard.took, |took| rising(took).min(heard.took));
        self.quickest = Some(quickest);
        if heard.slowed {
            self.width = (self.width / 2).max(1);
        } else if quickest >= FAR {
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
        if range.looking > 0 || range.over || self.order == Order::None {
            return;
        }
        for (nth, Piece { after, until, page }) in range.split().into_iter().enumerate() {
            self.made += 1;
            let mut piece = Range::new(self.made, Some(after), until);
            let taken = page.map_or(Ok(()), |page| piece.take(page));
            self.ranges.insert(at + 1 + nth, piece);
            if let Err(Disorder(page)) = taken {
                return self.go_page_by_page(at + 1 + nth, page);
            }
        }
    }

    /// Goes back to where the beginning is still being read, as if nothing had been cut.
    fn go_page_by_page(&mut self, at: usize, page: KeyPage) {
        self.order = Order::None;
        // What is told as it comes is told already.
        let untold = self.telling == Telling::InOrder || self.made == ROOT;
        let root = self.ranges.front_mut().filter(|range| range.id == ROOT);
        let Some(root) = root.filter(|range| untold && (at == 0 || !range.over)) else {
            return self.ranges[at].fail(Stop::Disorder);
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
