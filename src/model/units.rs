//! `5MiB`, `40MB`, `1.5G`, `90m`: sizes, rates and spans of time as people write them.

use std::time::Duration;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Parses a size in bytes. Units count by 1,024 (`K`, `KiB`, `M`, `MiB`, …) or by 1,000
/// where they say so (`KB`, `MB`, …); a bare number is bytes. A rate is a size a second,
/// with or without `/s`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let bad = || {
        format!("{text:?} is not a size: write a number and a unit, such as 16MiB, 500MB or 2GiB")
    };
    let body = text.trim();
    let body = body.strip_suffix("/s").unwrap_or(body).trim_end();
    let cut = body.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(body.len());
    let (number, unit) = body.split_at(cut);
    let factor = factor(unit.trim()).ok_or_else(bad)?;
    let bytes = match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(factor).ok_or_else(bad)?,
        Err(_) => (number.parse::<f64>().map_err(|_| bad())? * factor as f64) as u64,
    };
    if bytes == 0 { Err(bad()) } else { Ok(bytes) }
}

fn factor(unit: &str) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => KIB,
        "m" | "mib" => MIB,
        "g" | "gib" => GIB,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    })
}

/// Parses a span of time: whole seconds, minutes, hours or days.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is no span of time: write 15m, 2h or 7d");
    let body = text.trim();
    let cut = body.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = body.split_at(cut);
    let factor = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(bad()),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_what_they_say() {
        for (text, bytes) in [
            ("5MiB", 5 * MIB),
            ("40MiB/s", 40 * MIB),
            ("16m", 16 * MIB),
            ("500MB", 500_000_000),
            ("1.5 GiB", 3 * GIB / 2),
            ("1024", 1024),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn spans_name_their_unit() {
        for (text, seconds) in [("90m", 5_400), ("1h", 3_600), ("7 d", 604_800), ("30s", 30)] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "60", "h", "0h", "1.5h", "-1h", "1w", "99999999999999999999d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "MiB", "0", "5 parsecs", "-1", "1e400GiB", "99999999999TiB", "1.2.3M"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
