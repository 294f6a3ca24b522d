//! Values as what they mean: bytes that sort as the values do, and places on a scale.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::model::query::Scale;

/// Of a text so much decides its place in an order. Bytes.
const LONGEST: usize = 1024;

/// Adds bytes that sort as the value does among those of its kind. A text that is none of its
/// kind's values comes behind all that are.
pub(super) fn key(scale: Scale, text: &str, out: &mut Vec<u8>) {
    let known = match scale {
        Scale::Number => number(text, out),
        Scale::Time => instant(text).map(|nanos| {
            out.push(0);
            out.extend_from_slice(&(nanos as u128 ^ 1 << 127).to_be_bytes());
        }),
        Scale::Text => None,
    };
    if known.is_none() {
        out.push(OTHER);
        out.extend_from_slice(&text.as_bytes()[..text.len().min(LONGEST)]);
    }
}

/// Where the value lies on an axis: numbers as they are, times in seconds since 1970.
pub(super) fn place(scale: Scale, text: &str) -> Option<f64> {
    let place = match scale {
        Scale::Number => text.trim().parse().ok()?,
        Scale::Time => instant(text)? as f64 / 1e9,
        Scale::Text => return None,
    };
    f64::is_finite(place).then_some(place)
}

const LOW: u8 = 1;
const NEGATIVE: u8 = 2;
const ZERO: u8 = 3;
const POSITIVE: u8 = 4;
const HIGH: u8 = 5;
/// NaN comes behind all numbers, as in Athena.
const NAN: u8 = 6;
const OTHER: u8 = 7;

/// Sign, exponent, digits: exact at any length, as a decimal or a bigint needs it.
fn number(text: &str, out: &mut Vec<u8>) -> Option<()> {
    match text {
        "NaN" => return one(NAN, out),
        "Infinity" | "+Infinity" => return one(HIGH, out),
        "-Infinity" => return one(LOW, out),
        _ => {}
    }
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, power) = match rest.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(part.bytes());
    if whole.len() + part.len() == 0 || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zeros = all().take_while(|byte| *byte == b'0').count();
    let trailing = all().rev().take_while(|byte| *byte == b'0').count();
    if zeros == whole.len() + part.len() {
        return one(ZERO, out);
    }
    let power = power.checked_add(i32::try_from(whole.len()).ok()? - i32::try_from(zeros).ok()?)?;
    let mask = if negative { 0xff } else { 0 };
    out.push(if negative { NEGATIVE } else { POSITIVE });
    out.extend((power as u32 ^ 1 << 31).to_be_bytes().map(|byte| byte ^ mask));
    let count = whole.len() + part.len() - zeros - trailing;
    out.extend(all().skip(zeros).take(count).map(|byte| byte ^ mask));
    if negative {
        // -0.12 is more than -0.123.
        out.push(0xff);
    }
    Some(())
}

fn one(byte: u8, out: &mut Vec<u8>) -> Option<()> {
    out.push(byte);
    Some(())
}

/// Nanoseconds since 1970; a time without a zone counts as one of UTC.
fn instant(text: &str) -> Option<i128> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= 10
    {
        return in_zone(date.into(), TimeZone::UTC);
    }
    let (time, zone) = match text.match_indices(' ').nth(1) {
        Some((at, _)) => (&text[..at], zone(&text[at + 1..])?),
        None => (text, TimeZone::UTC),
    };
    in_zone(time.parse().ok()?, zone)
}

fn in_zone(time: DateTime, zone: TimeZone) -> Option<i128> {
    zone.to_timestamp(time).ok().map(Timestamp::as_nanosecond)
}

/// `UTC`, `Europe/London`, `+01:00`.
fn zone(name: &str) -> Option<TimeZone> {
    if matches!(name, "UTC" | "Z") {
        return Some(TimeZone::UTC);
    }
    let Some((sign, rest)) =
        name.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))
    else {
        return TimeZone::get(name).ok();
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    let seconds = if sign == "-" { -seconds } else { seconds };
    Offset::from_seconds(seconds).ok().map(Offset::to_time_zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(kind: Scale, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        super::key(kind, text, &mut out);
        out
    }

    fn ascends(kind: Scale, texts: &[&str]) {
        for pair in texts.windows(2) {
            assert!(key(kind, pair[0]) < key(kind, pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn numbers_sort_as_numbers() {
        ascends(
            Scale::Number,
            &[
                "-Infinity",
                "-1.0E10",
                "-100",
                "-99.5",
                "-0.123",
                "-0.12",
                "0.0",
                "1.0E-7",
                "2",
                "10",
                "9007199254740992",
                "9007199254740993",
                "12345678901234567890123456789012345678",
                "1.0E300",
                "Infinity",
                "NaN",
                "many",
            ],
        );
        for same in ["1", "1.0", "+1.00", "1E0", "0.1E1", "01"] {
            assert_eq!(key(Scale::Number, same), key(Scale::Number, "1"));
        }
        assert_eq!(key(Scale::Number, "-0.0"), key(Scale::Number, "0"));
    }

    #[test]
    fn times_sort_by_when_they_are() {
        ascends(
            Scale::Time,
            &["1969-12-31", "1970-01-01", "1970-01-01 00:00:00.001", "2026-11-21"],
        );
        ascends(
            Scale::Time,
            &[
                "2026-11-21 10:00:00.000 +02:00",
                "2026-11-21 08:30:00.000 UTC",
                "2026-11-21 08:00:00.000 -01:00",
            ],
        );
        assert_eq!(place(Scale::Time, "1970-01-02"), Some(86_400.0));
        assert_eq!(place(Scale::Time, "1970-01-01 00:00:01.500"), Some(1.5));
        assert_eq!(place(Scale::Time, "soon"), None);
    }

    #[test]
    fn types_are_known_with_their_arguments() {
        assert_eq!(Scale::of("decimal(10,2)"), Scale::Number);
        assert_eq!(Scale::of("timestamp with time zone"), Scale::Time);
        assert_eq!(Scale::of("timestamp(3)"), Scale::Time);
        assert_eq!(Scale::of("array(bigint)"), Scale::Text);
    }

    proptest! {
        #[test]
        fn integers_sort_as_integers(one in any::<i64>(), other in any::<i64>()) {
            let keys = [one, other].map(|n| key(Scale::Number, &n.to_string()));
            prop_assert_eq!(keys[0].cmp(&keys[1]), one.cmp(&other));
        }

        #[test]
        fn doubles_sort_as_doubles(one in -1e9..1e9, other in -1e9..1e9) {
            let keys = [one, other].map(|n: f64| key(Scale::Number, &format!("{n:e}")));
            prop_assert_eq!(Some(keys[0].cmp(&keys[1])), one.partial_cmp(&other));
        }

        #[test]
        fn anything_is_placed_somewhere(text in ".{0,30}") {
            for kind in [Scale::Number, Scale::Time, Scale::Text] {
                prop_assert!(!key(kind, &text).is_empty());
                let _ = place(kind, &text);
            }
        }
    }
}
