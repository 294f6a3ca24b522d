//! A time as people write it: `2026-11-20 14:00`, or `3d` ago.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A time, once somebody says what time it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    At(Timestamp),
    Ago(SignedDuration),
}

impl When {
    /// Reads `2026-11-20 14:00` (UTC, seconds if need be, a date alone for its midnight) or
    /// `90s`, `20m`, `2h`, `3d`, `1w`, which mean so long ago.
    ///
    /// # Errors
    /// A sentence that says how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let plain = text.trim_end_matches("ago").trim_end();
        if let Some(ago) = ago(plain) {
            return Ok(Self::Ago(ago));
        }
        let text = text.trim_end_matches("UTC").trim_end();
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        let minutes = text.parse::<DateTime>().ok().filter(|_| text.contains(':'));
        let civil = minutes.or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(Time::MIN)));
        let at = civil.and_then(|civil| civil.to_zoned(TimeZone::UTC).ok());
        at.map(|at| Self::At(at.timestamp())).ok_or_else(|| {
            format!(
                "{text:?} is not a time: write 2026-11-20 14:00 (UTC), or 2h or 3d for so long ago"
            )
        })
    }

    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

fn ago(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let number: i64 = text[..text.len() - unit.len_utf8()].trim_end().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    (number >= 0).then_some(SignedDuration::from_secs(number.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        When::parse(text).unwrap().resolve(now).to_string()
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(read("2026-11-20 14:00"), "2026-11-20T14:00:00Z");
        assert_eq!(read(" 2026-11-20 14:00:30 UTC "), "2026-11-20T14:00:30Z");
        assert_eq!(read("2026-11-20"), "2026-11-20T00:00:00Z");
        assert_eq!(read("2026-11-20T14:00Z"), "2026-11-20T14:00:00Z");
        assert_eq!(read("2026-11-20T14:00:00+01:00"), "2026-11-20T13:00:00Z");
    }

    #[test]
    fn so_long_ago() {
        assert_eq!(read("2h"), "2026-11-21T08:00:00Z");
        assert_eq!(read("3d ago"), "2026-11-18T10:00:00Z");
        assert_eq!(read("90 s"), "2026-11-21T09:58:30Z");
        assert_eq!(read("1w"), "2026-11-14T10:00:00Z");
        assert_eq!(read("20m"), "2026-11-21T09:40:00Z");
    }

    #[test]
    fn anything_else_says_how_it_is_written() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "14:00",
            "-2h",
            "99999999999999999d",
            "2026-11-20 25:00",
            "ä",
        ] {
            let why = When::parse(text).unwrap_err();
            assert!(why.contains("2026-11-20 14:00"), "{text}: {why}");
        }
    }
}
