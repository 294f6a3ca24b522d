//! What is typed behind `/`: every word of it has to be found in a row, in its name, its
//! destination or its state.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::transfer::TransferView;

/// Who types one of these means the state, not its letters strewn over a name.
const STATES: &[&str] = &[
    "queued",
    "checking",
    "running",
    "retrying",
    "verifying",
    "paused",
    "done",
    "skipped",
    "failed",
    "cancelled",
];

/// One word, as it is looked for in each column.
struct Word {
    name: Atom,
    to: Atom,
    state: Atom,
}

impl Word {
    /// Fuzzy in the name, as in Buckets; a destination is long enough to have the letters of
    /// anything in it, so there it stands as it was typed; a state begins with it.
    fn of(text: &str) -> Self {
        let typed = Atom::parse(text, CaseMatching::Smart, Normalization::Smart);
        // `^x`, `x$` and their like mean what they say, in every column.
        let loose = matches!(typed.kind, AtomKind::Fuzzy | AtomKind::Substring);
        let kinded = |kind| {
            let mut atom = typed.clone();
            atom.kind = if loose { kind } else { atom.kind };
            atom
        };
        let is_state = STATES.contains(&typed.needle_text().to_string().as_str());
        Self {
            name: if is_state { kinded(AtomKind::Substring) } else { typed.clone() },
            to: kinded(AtomKind::Substring),
            state: kinded(AtomKind::Prefix),
        }
    }
}

/// Looks through rows.
pub struct Sieve {
    words: Vec<Word>,
    matcher: Matcher,
    chars: Vec<char>,
}

impl Sieve {
    pub fn new(text: &str) -> Self {
        Self {
            words: text.split_whitespace().map(Word::of).collect(),
            matcher: Matcher::new(Config::DEFAULT),
            chars: Vec::new(),
        }
    }

    /// True for a row that is kept.
    pub fn keeps(&mut self, row: &TransferView) -> bool {
        let Self { words, matcher, chars } = self;
        words.iter().all(|word| {
            let mut says =
                |atom: &Atom, text: &str| atom.score(Utf32Str::new(text, chars), matcher).is_some();
            let columns = [
                (&word.name, row.name.as_str()),
                (&word.to, row.to.as_str()),
                (&word.state, state(row)),
                (&word.state, row.state.name()),
            ];
            match word.name.negative {
                true => columns.into_iter().all(|(atom, text)| says(atom, text)),
                false => columns.into_iter().any(|(atom, text)| says(atom, text)),
            }
        })
    }
}

/// The word in the column of states.
pub fn state(row: &TransferView) -> &'static str {
    match row.retrying.is_some() && row.state.is_active() {
        true => "retrying",
        false => row.state.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transfer::{Direction, Proof, TransferId, TransferState};

    fn row(name: &str, state: TransferState) -> TransferView {
        TransferView {
            id: TransferId(1),
            direction: Direction::Up,
            name: name.into(),
            from: format!("/data/{name}"),
            to: format!("s3://tre-source/from_lab/illumina/reads/{name}"),
            size: 1,
            done: 0,
            parts_done: 0,
            parts_total: 0,
            rate: 0.0,
            eta: None,
            state,
            retrying: None,
            ended: None,
            turn: 1,
        }
    }

    fn keeps(typed: &str, row: &TransferView) -> bool {
        Sieve::new(typed).keeps(row)
    }

    #[test]
    fn names_are_fuzzy_and_destinations_stand_as_they_are() {
        let row = row("HG002-lane1.bam", TransferState::Queued);
        for typed in ["", "hglane", "illumina/reads", "lane1 source/from", "bam$", "!csv"] {
            assert!(keeps(typed, &row), "{typed:?}");
        }
        for typed in ["hg3", "illreads", "lane1 target", "^lane1", "!illumina"] {
            assert!(!keeps(typed, &row), "{typed:?}");
        }
    }

    #[test]
    fn a_state_is_meant_by_its_word_and_by_no_letters_of_a_name() {
        let waiting = row("foxtail-export.dna.one", TransferState::Queued);
        assert!(keeps("queu", &waiting) && keeps("queued fox", &waiting));
        assert!(!keeps("failed", &waiting) && !keeps("done", &waiting));
        assert!(keeps("dne", &waiting), "what is no state is fuzzy");
        let done = row("a", TransferState::Done(Proof::None));
        assert!(keeps("done", &done) && !keeps("!done", &done) && keeps("!done", &waiting));
        let again = TransferView {
            retrying: Some("part 1: reset".into()),
            ..row("a", TransferState::Running)
        };
        assert!(keeps("retrying", &again) && keeps("running", &again) && !keeps("!retry", &again));
    }
}
