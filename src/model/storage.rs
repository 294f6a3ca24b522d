//! Storage classes: what each asks for, and how archived objects are restored.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// A class that an object can be put into (S3 user guide, "Understanding and managing Amazon S3
/// storage classes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    Standard,
    IntelligentTiering,
    StandardIa,
    OneZoneIa,
    GlacierIr,
    Glacier,
    DeepArchive,
}

impl Class {
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::IntelligentTiering,
        Self::StandardIa,
        Self::OneZoneIa,
        Self::GlacierIr,
        Self::Glacier,
        Self::DeepArchive,
    ];

    /// As S3 spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::StandardIa => "STANDARD_IA",
            Self::OneZoneIa => "ONEZONE_IA",
            Self::GlacierIr => "GLACIER_IR",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// An object that is deleted or changed sooner is charged for this many days.
    pub fn least_days(self) -> Option<u32> {
        match self {
            Self::Standard | Self::IntelligentTiering => None,
            Self::StandardIa | Self::OneZoneIa => Some(30),
            Self::GlacierIr | Self::Glacier => Some(90),
            Self::DeepArchive => Some(180),
        }
    }

    /// Nobody reads it before it has been restored.
    pub fn is_archive(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }

    /// What to know of it before putting something there, in a few words.
    pub fn note(self) -> &'static str {
        match self {
            Self::Standard => "for what is read often",
            Self::IntelligentTiering => "moves by itself; a fee for watching each object",
            Self::StandardIa => "30 days at least; reading costs",
            Self::OneZoneIa => "30 days at least; one zone only; reading costs",
            Self::GlacierIr => "90 days at least; reading costs more",
            Self::Glacier => "90 days at least; to be restored before it is read",
            Self::DeepArchive => "180 days at least; to be restored before it is read",
        }
    }
}

/// How fast an archived object is brought back, the slowest first (S3 user guide, "Understanding
/// archive retrieval options").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    Bulk,
    Standard,
    Expedited,
}

impl Tier {
    pub const ALL: [Self; 3] = [Self::Bulk, Self::Standard, Self::Expedited];

    /// As S3 spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "Bulk",
            Self::Standard => "Standard",
            Self::Expedited => "Expedited",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// How long it takes, by class.
    pub fn note(self) -> &'static str {
        match self {
            Self::Bulk => "the cheapest: 5 to 12 hours, 48 from DEEP_ARCHIVE",
            Self::Standard => "3 to 5 hours, 12 from DEEP_ARCHIVE",
            Self::Expedited => "1 to 5 minutes, the dearest; not from DEEP_ARCHIVE",
        }
    }
}

/// How the temporary copy of an archived object stands; an object without one has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    Ongoing,
    /// There until then, where the store says when.
    Until(Option<Timestamp>),
}

impl Restore {
    /// Out of `x-amz-restore`: `ongoing-request="true"`, or `ongoing-request="false",
    /// expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (S3 API, HeadObject). `None` for anything
    /// else.
    pub fn parse(header: &str) -> Option<Self> {
        let value = |name: &str| {
            let rest = header.split_once(name)?.1.trim_start().strip_prefix('=')?;
            rest.trim_start().strip_prefix('"')?.split('"').next()
        };
        match value("ongoing-request")? {
            "true" => Some(Self::Ongoing),
            "false" => Some(Self::Until(value("expiry-date").and_then(http_date))),
            _ => None,
        }
    }
}

/// `Fri, 21 Dec 2012 00:00:00 GMT`
fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_how_a_restore_stands() {
        let until = |text: &str| Some(Restore::Until(Some(text.parse().unwrap())));
        assert_eq!(Restore::parse(r#"ongoing-request="true""#), Some(Restore::Ongoing));
        let done = r#"ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT""#;
        assert_eq!(Restore::parse(done), until("2012-12-21T00:00:00Z"));
        let dateless = r#"ongoing-request="false""#;
        assert_eq!(Restore::parse(dateless), Some(Restore::Until(None)));
        let odd = r#"ongoing-request="false", expiry-date="soon""#;
        assert_eq!(Restore::parse(odd), Some(Restore::Until(None)));
        for nonsense in ["", "ongoing-request", r#"ongoing-request="maybe""#, "x=\"y\""] {
            assert_eq!(Restore::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn names_are_read_back() {
        assert!(Class::ALL.iter().all(|class| Class::parse(class.name()) == Some(*class)));
        assert!(Tier::ALL.iter().all(|tier| Tier::parse(tier.name()) == Some(*tier)));
        assert!(Class::parse("REDUCED_REDUNDANCY").is_none());
        assert!(Tier::Bulk < Tier::Standard && Tier::Standard < Tier::Expedited);
    }
}
