//! Scalars from text, as Hive and Trino read them.

use jiff::civil::{Date, DateTime};

/// `true` and `false`, in any case.
pub fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A double as Java's Double.parseDouble takes it.
pub fn double(text: &str) -> Option<f64> {
    match text.trim() {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also takes "inf" and "nan" in any case; Java does not.
        t if t.bytes().any(|b| b.is_ascii_alphabetic() && b != b'e' && b != b'E') => None,
        t => t.parse().ok(),
    }
}

/// `2024-01-31`: days since 1970-01-01.
pub fn date(text: &str) -> Option<i32> {
    let text = text.trim();
    let mut parts = text.splitn(3, '-');
    let year: i16 = parts.next()?.parse().ok()?;
    let month: i8 = parts.next()?.parse().ok()?;
    let day: i8 = parts.next()?.parse().ok()?;
    days(Date::new(year, month, day).ok()?)
}

/// Days since 1970-01-01.
pub fn days(date: Date) -> Option<i32> {
    let epoch = Date::constant(1970, 1, 1);
    date.since(epoch).ok().map(|span| span.get_days())
}

/// `2024-01-31 12:00:00[.fraction]`, also with a `T`, or the date alone: milliseconds since 1970.
pub fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (date(day)?, clock(time.trim_end_matches('Z'))?),
        None => (date(text)?, 0),
    };
    Some(i64::from(day) * 86_400_000 + time)
}

/// `12:34[:56[.789]]`: milliseconds of the day.
pub fn clock(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let second: i64 = second.parse().ok()?;
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
        return None;
    }
    let mut millis = 0;
    let mut scale = 100;
    for digit in fraction.chars() {
        millis += i64::from(digit.to_digit(10)?) * scale;
        scale /= 10;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

/// Milliseconds since 1970 of a civil date and time.
pub fn millis(at: DateTime) -> Option<i64> {
    let time = at.time();
    let clock = ((i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60
        + i64::from(time.second()))
        * 1000
        + i64::from(time.subsec_nanosecond() / 1_000_000);
    Some(i64::from(days(at.date())?) * 86_400_000 + clock)
}

/// The civil date and time of milliseconds since 1970.
pub fn civil(millis: i64) -> Option<DateTime> {
    let day = i32::try_from(millis.div_euclid(86_400_000)).ok()?;
    let rest = millis.rem_euclid(86_400_000);
    let date = civil_date(day)?;
    let second = rest / 1000;
    let time = jiff::civil::Time::new(
        i8::try_from(second / 3600).ok()?,
        i8::try_from(second / 60 % 60).ok()?,
        i8::try_from(second % 60).ok()?,
        i32::try_from(rest % 1000).ok()? * 1_000_000,
    );
    Some(date.to_datetime(time.ok()?))
}

/// The civil date of days since 1970.
pub fn civil_date(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        let at = timestamp("2024-02-29 23:59:59.123").unwrap();
        assert_eq!(millis(civil(at).unwrap()), Some(at));
        assert_eq!(timestamp("1969-12-31 23:59:59"), Some(-1000));
        assert_eq!(civil(-1000).unwrap().to_string(), "1969-12-31T23:59:59");
        assert_eq!(date("2023-02-29"), None);
        assert_eq!(timestamp("2024-01-01 25:00:00"), None);
    }

    #[test]
    fn numbers_are_javas() {
        assert_eq!(double("1e3"), Some(1000.0));
        assert_eq!(double("inf"), None);
        assert_eq!(boolean("TRUE"), Some(true));
        assert_eq!(boolean("1"), None);
    }
}
