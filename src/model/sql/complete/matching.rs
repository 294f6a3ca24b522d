//! How well a name fits what was typed.

/// The best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It begins with it.
    Prefix,
    /// The letters begin its words: `gs` and `gesu` for `gene_summary`.
    Starts,
    /// It has it somewhere.
    Inside,
    /// The letters come in it in this order, and it begins with the first.
    Letters,
}

/// What was typed, ready to be compared with many names.
#[derive(Debug)]
pub struct Pattern(Vec<u8>);

/// So many letters of what was typed are compared letter by letter.
const LOOKED_AT: usize = 40;

impl Pattern {
    pub fn new(typed: &str) -> Self {
        Self(typed.to_ascii_lowercase().into_bytes())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True where nothing is missing of the name.
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name.as_bytes())
    }

    /// True where the name has the first letter.
    pub fn begins(&self, name: &str) -> bool {
        self.0.first().is_none_or(|letter| begins(name.as_bytes(), &[*letter]))
    }

    /// `None` where the name does not have it.
    pub fn fit(&self, name: &str) -> Option<Fit> {
        let (typed, name) = (self.0.as_slice(), name.as_bytes());
        if begins(name, typed) {
            return Some(Fit::Prefix);
        }
        if typed.len() > LOOKED_AT || !in_order(typed, name) {
            return None;
        }
        if starts(typed, name, 0) {
            return Some(Fit::Starts);
        }
        if typed.len() > 1 && name.windows(typed.len()).any(|part| begins(part, typed)) {
            return Some(Fit::Inside);
        }
        begins(name, &typed[..1]).then_some(Fit::Letters)
    }

    /// The same for words of which only the beginning is ever typed.
    pub fn prefix(&self, name: &str) -> Option<Fit> {
        begins(name.as_bytes(), &self.0).then_some(Fit::Prefix)
    }
}

fn begins(name: &[u8], typed: &[u8]) -> bool {
    name.len() >= typed.len() && name[..typed.len()].eq_ignore_ascii_case(typed)
}

fn in_order(typed: &[u8], name: &[u8]) -> bool {
    let mut letters = name.iter().map(u8::to_ascii_lowercase);
    typed.iter().all(|wanted| letters.any(|letter| letter == *wanted))
}

/// True where the letters can be laid out over beginnings of the name's words, from `at` on,
/// where a word begins.
fn starts(typed: &[u8], name: &[u8], at: usize) -> bool {
    let common = common(typed, &name[at..]);
    // The longest beginning of this word first; none of it may do as well.
    (0..=common).rev().any(|taken| {
        taken == typed.len()
            || next_word(name, at).is_some_and(|next| starts(&typed[taken..], name, next))
    })
}

/// Letters that the two begin with in common, up to the end of the word.
fn common(typed: &[u8], name: &[u8]) -> usize {
    let same = |(typed, letter): &(&u8, &u8)| {
        letter.is_ascii_alphanumeric() && typed.eq_ignore_ascii_case(letter)
    };
    typed.iter().zip(name).take_while(same).count()
}

fn next_word(name: &[u8], from: usize) -> Option<usize> {
    let end = from + name[from..].iter().position(|letter| !letter.is_ascii_alphanumeric())?;
    let next = end + name[end..].iter().position(u8::is_ascii_alphanumeric)?;
    Some(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fit(typed: &str, name: &str) -> Option<Fit> {
        Pattern::new(typed).fit(name)
    }

    #[test]
    fn the_nearer_the_better() {
        assert_eq!(fit("gen", "gene_summary"), Some(Fit::Prefix));
        assert_eq!(fit("gs", "gene_summary"), Some(Fit::Starts));
        assert_eq!(fit("gesu", "gene_summary"), Some(Fit::Starts));
        assert_eq!(fit("sum", "gene_summary"), Some(Fit::Starts));
        assert_eq!(fit("umm", "gene_summary"), Some(Fit::Inside));
        assert_eq!(fit("gny", "gene_summary"), Some(Fit::Letters));
        assert_eq!(fit("eny", "gene_summary"), None);
        assert_eq!(fit("gene_summary", "gene_summary"), Some(Fit::Prefix));
        assert!(Pattern::new("POS").is("pos") && !Pattern::new("po").is("pos"));
        assert_eq!(fit("AF", "info.af"), Some(Fit::Starts));
        assert_eq!(fit("", "x"), Some(Fit::Prefix));
        assert_eq!(fit("é", "größe"), None);
    }

    proptest! {
        #[test]
        fn no_name_breaks_it(typed in ".{0,12}", name in "[a-zA-Z_.é ]{0,24}") {
            if let Some(Fit::Prefix) = fit(&typed, &name) {
                prop_assert!(name.to_lowercase().starts_with(&typed.to_lowercase()));
            }
        }
    }
}
