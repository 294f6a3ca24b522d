//! Times as listings write them: a million of them are read in one go.

use std::str;

/// Seconds since 1970 of a time as S3 writes it, or of any other that is RFC 3339.
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    as_s3_writes(text).or_else(|| {
        let at: jiff::Timestamp = str::from_utf8(text).ok()?.parse().ok()?;
        Some(at.as_second())
    })
}

/// `2026-11-21T10:00:00.000Z`, of this era.
fn as_s3_writes(text: &[u8]) -> Option<i64> {
    let shape = text.len() == 24
        && text.ends_with(b".000Z")
        && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')]
            .iter()
            .all(|(at, mark)| text[*at] == *mark);
    if !shape {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !((1..=12).contains(&month) && (1..=28).contains(&day)) {
        // The last days of a month are left to who knows how long it is.
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
        - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_are_what_jiff_says(second in 0i64..4_102_444_800) {
            let at = jiff::Timestamp::from_second(second).unwrap();
            let text = at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
            prop_assert_eq!(seconds(text.as_bytes()), Some(second));
        }
    }
}
