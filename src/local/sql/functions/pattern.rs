//! Date patterns: MySQL's (`%Y-%m-%d`) for date_parse and date_format, Joda's
//! (`yyyy-MM-dd`) for parse_datetime and format_datetime. Both become one list of parts.

use jiff::civil::DateTime;

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Year(usize),
    Month(usize),
    MonthName { short: bool },
    Day(usize),
    DayOfYear,
    WeekdayName { short: bool },
    Weekday,
    Hour24(usize),
    Hour12(usize),
    Minute(usize),
    Second(usize),
    Fraction(usize),
    HalfDay,
    Zone,
    Text(char),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// MySQL's letters, as Trino takes them.
pub fn mysql(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            parts.push(Part::Text(c));
            continue;
        }
        match chars.next() {
            Some('Y') => parts.push(Part::Year(4)),
            Some('y') => parts.push(Part::Year(2)),
            Some('m') => parts.push(Part::Month(2)),
            Some('c') => parts.push(Part::Month(1)),
            Some('M') => parts.push(Part::MonthName { short: false }),
            Some('b') => parts.push(Part::MonthName { short: true }),
            Some('d') => parts.push(Part::Day(2)),
            Some('e') => parts.push(Part::Day(1)),
            Some('j') => parts.push(Part::DayOfYear),
            Some('W') => parts.push(Part::WeekdayName { short: false }),
            Some('a') => parts.push(Part::WeekdayName { short: true }),
            Some('w') => parts.push(Part::Weekday),
            Some('H') => parts.push(Part::Hour24(2)),
            Some('k') => parts.push(Part::Hour24(1)),
            Some('h' | 'I') => parts.push(Part::Hour12(2)),
            Some('l') => parts.push(Part::Hour12(1)),
            Some('i') => parts.push(Part::Minute(2)),
            Some('s' | 'S') => parts.push(Part::Second(2)),
            Some('f') => parts.push(Part::Fraction(6)),
            Some('p') => parts.push(Part::HalfDay),
            Some('T') => parts.extend(mysql("%H:%i:%s")?),
            Some('r') => parts.extend(mysql("%h:%i:%s %p")?),
            Some('%') => parts.push(Part::Text('%')),
            Some(c @ ('D' | 'U' | 'u' | 'V' | 'v' | 'X' | 'x')) => {
                return Err(format!("%{c} not supported in date format string"));
            }
            Some(c) => parts.push(Part::Text(c)),
            None => parts.push(Part::Text('%')),
        }
    }
    Ok(parts)
}

/// Joda's letters.
pub fn joda(pattern: &str) -> Result<Vec<Part>, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let c = chars[at];
        let run = chars[at..].iter().take_while(|x| **x == c).count();
        match c {
            '\'' => {
                // Text between quotes; a doubled quote is a quote.
                if run >= 2 {
                    parts.push(Part::Text('\''));
                    at += 2;
                    continue;
                }
                at += 1;
                while at < chars.len() && chars[at] != '\'' {
                    parts.push(Part::Text(chars[at]));
                    at += 1;
                }
                at += 1;
                continue;
            }
            'y' | 'Y' | 'u' => parts.push(Part::Year(if run == 2 { 2 } else { 4 })),
            'M' if run >= 4 => parts.push(Part::MonthName { short: false }),
            'M' if run == 3 => parts.push(Part::MonthName { short: true }),
            'M' => parts.push(Part::Month(run)),
            'd' => parts.push(Part::Day(run)),
            'D' => parts.push(Part::DayOfYear),
            'E' => parts.push(Part::WeekdayName { short: run < 4 }),
            'e' => parts.push(Part::Weekday),
            'H' => parts.push(Part::Hour24(run)),
            'h' => parts.push(Part::Hour12(run)),
            'm' => parts.push(Part::Minute(run)),
            's' => parts.push(Part::Second(run)),
            'S' => parts.push(Part::Fraction(run)),
            'a' => parts.push(Part::HalfDay),
            'Z' | 'z' => parts.push(Part::Zone),
            c if c.is_ascii_alphabetic() => {
                return Err(format!("Illegal pattern component: {c}"));
            }
            c => parts.extend(std::iter::repeat_n(Part::Text(c), run)),
        }
        at += run;
    }
    Ok(parts)
}

/// Prints; `zone` is the text for a zone.
pub fn print(parts: &[Part], at: DateTime, zone: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for part in parts {
        let twelve = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let weekday = at.weekday().to_monday_one_offset();
        let result = match part {
            Part::Year(2) => write!(out, "{:02}", at.year().rem_euclid(100)),
            Part::Year(_) => write!(out, "{:04}", at.year()),
            Part::Month(n) => write!(out, "{:0n$}", at.month()),
            Part::MonthName { short } => {
                let name = MONTHS[usize::from(at.month().unsigned_abs()) - 1];
                out.write_str(if *short { &name[..3] } else { name })
            }
            Part::Day(n) => write!(out, "{:0n$}", at.day()),
            Part::DayOfYear => write!(out, "{:03}", at.day_of_year()),
            Part::WeekdayName { short } => {
                let name = DAYS[usize::from(weekday.unsigned_abs()) - 1];
                out.write_str(if *short { &name[..3] } else { name })
            }
            Part::Weekday => write!(out, "{}", weekday % 7),
            Part::Hour24(n) => write!(out, "{:0n$}", at.hour()),
            Part::Hour12(n) => write!(out, "{twelve:0n$}"),
            Part::Minute(n) => write!(out, "{:0n$}", at.minute()),
            Part::Second(n) => write!(out, "{:0n$}", at.second()),
            Part::Fraction(n) => {
                let nanos = format!("{:09}", at.subsec_nanosecond());
                out.write_str(&nanos[..(*n).min(9)])
            }
            Part::HalfDay => out.write_str(if at.hour() < 12 { "AM" } else { "PM" }),
            Part::Zone => out.write_str(zone),
            Part::Text(c) => out.write_char(*c),
        };
        debug_assert!(result.is_ok(), "strings do not fail");
    }
    out
}

/// What a text said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub at: DateTime,
    /// `+02:00`, `UTC`, …
    pub zone: Option<String>,
}

/// Reads a text by a pattern; None where it does not fit.
pub fn read(parts: &[Part], text: &str) -> Option<Parsed> {
    let (mut year, mut month, mut day) = (1970_i16, 1_i8, 1_i8);
    let (mut hour, mut minute, mut second, mut nanos) = (0_i8, 0_i8, 0_i8, 0_i32);
    let (mut half, mut twelve, mut of_year, mut zone) = (None, false, None, None);
    let mut rest = text;
    for part in parts {
        match part {
            Part::Year(2) => {
                let two: i16 = number(&mut rest, 2)?;
                // Trino's pivot year is 2020.
                year = if two >= 70 { 1900 + two } else { 2000 + two };
            }
            Part::Year(_) => year = number(&mut rest, 4)?,
            Part::Month(_) => month = number(&mut rest, 2)?,
            Part::Day(_) => day = number(&mut rest, 2)?,
            Part::DayOfYear => of_year = Some(number::<i16>(&mut rest, 3)?),
            Part::Hour24(_) => hour = number(&mut rest, 2)?,
            Part::Hour12(_) => {
                hour = number(&mut rest, 2)?;
                twelve = true;
            }
            Part::Minute(_) => minute = number(&mut rest, 2)?,
            Part::Second(_) => second = number(&mut rest, 2)?,
            Part::Fraction(_) => {
                let digits: String =
                    rest.chars().take_while(char::is_ascii_digit).take(9).collect();
                if digits.is_empty() {
                    return None;
                }
                rest = &rest[digits.len()..];
                nanos = format!("{digits:0<9}").parse().ok()?;
            }
            Part::HalfDay => {
                let word = rest.get(..2)?.to_ascii_uppercase();
                half = Some(match word.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                rest = &rest[2..];
            }
            Part::MonthName { .. } => {
                let at = name(&mut rest, &MONTHS)?;
                month = i8::try_from(at).ok()? + 1;
            }
            Part::WeekdayName { .. } => {
                name(&mut rest, &DAYS)?;
            }
            Part::Weekday => {
                number::<i8>(&mut rest, 1)?;
            }
            Part::Zone => {
                let end = rest.find(' ').unwrap_or(rest.len());
                zone = Some(rest[..end].to_owned());
                rest = &rest[end..];
            }
            Part::Text(c) => rest = rest.strip_prefix(*c)?,
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if twelve || half.is_some() {
        hour = hour % 12 + if half == Some(true) { 12 } else { 0 };
    }
    let date = match of_year {
        Some(n) => jiff::civil::Date::new(year, 1, 1)
            .ok()?
            .checked_add(jiff::Span::new().try_days(i64::from(n) - 1).ok()?)
            .ok()?,
        None => jiff::civil::Date::new(year, month, day).ok()?,
    };
    let time = jiff::civil::Time::new(hour, minute, second, nanos).ok()?;
    Some(Parsed { at: date.to_datetime(time), zone })
}

fn number<T: std::str::FromStr>(rest: &mut &str, most: usize) -> Option<T> {
    let end = rest
        .char_indices()
        .take(most)
        .take_while(|(_, c)| c.is_ascii_digit())
        .map(|(at, c)| at + c.len_utf8())
        .last()?;
    let value = rest[..end].parse().ok()?;
    *rest = &rest[end..];
    Some(value)
}

fn name(rest: &mut &str, names: &[&str]) -> Option<usize> {
    let matches =
        |text: &str| rest.get(..text.len()).is_some_and(|found| found.eq_ignore_ascii_case(text));
    // The full name first: "March" also begins with "Mar".
    for (at, name) in names.iter().enumerate() {
        for text in [*name, &name[..3]] {
            if matches(text) {
                *rest = &rest[text.len()..];
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_read_and_print() {
        let parts = mysql("%d.%m.%Y %h:%i %p").unwrap();
        let parsed = read(&parts, "01.03.2024 12:05 AM").unwrap();
        assert_eq!(parsed.at.to_string(), "2024-03-01T00:05:00");
        assert_eq!(print(&parts, parsed.at, ""), "01.03.2024 12:05 AM");
        let parts = joda("EEE, d MMM yyyy HH:mm:ss.SSS").unwrap();
        let parsed = read(&parts, "Fri, 1 Mar 2024 13:00:00.250").unwrap();
        assert_eq!(print(&parts, parsed.at, ""), "Fri, 1 Mar 2024 13:00:00.250");
        assert!(read(&mysql("%Y-%m-%d").unwrap(), "2024-13-01").is_none());
        assert!(mysql("%U").is_err());
    }
}
