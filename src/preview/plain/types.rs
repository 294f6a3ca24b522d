//! Types guessed from text, by the names that Athena has for them.

/// The narrowest type that all values have which are not empty: `bigint`, `double`, `boolean`,
/// `date`, `timestamp`, else `varchar`.
pub fn kind_of<'a>(values: impl IntoIterator<Item = &'a str>) -> &'static str {
    type Kind = (&'static str, fn(&str) -> bool);
    const KINDS: [Kind; 5] = [
        ("bigint", is_bigint),
        ("double", is_double),
        ("boolean", is_boolean),
        ("date", is_date),
        ("timestamp", is_timestamp),
    ];
    let mut possible = [true; KINDS.len()];
    let mut seen = false;
    for value in values.into_iter().map(str::trim).filter(|value| !value.is_empty()) {
        seen = true;
        for (possible, (_, is)) in possible.iter_mut().zip(KINDS) {
            *possible = *possible && is(value);
        }
    }
    let found = KINDS.iter().zip(possible).find(|(_, possible)| seen && *possible);
    found.map_or("varchar", |((name, _), _)| name)
}

/// With a zero before other digits it is a name made of digits.
fn is_bigint(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let leading = digits.len() > 1 && digits.starts_with('0');
    digits.starts_with(|c: char| c.is_ascii_digit()) && !leading && value.parse::<i64>().is_ok()
}

fn is_double(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let leading = digits.len() > 1
        && digits.starts_with('0')
        && digits[1..].starts_with(|c: char| c.is_ascii_digit());
    let shape = value.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    shape && !leading && value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_boolean(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}

fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
}

/// As Hive's text formats read one: `2026-11-21 18:03:00.5`, without a zone.
fn is_timestamp(value: &str) -> bool {
    value.len() >= 19
        && value.as_bytes()[10] == b' '
        && value.bytes().all(|byte| byte.is_ascii_digit() || b"-: .".contains(&byte))
        && value.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_type_that_fits_all() {
        for (values, kind) in [
            (&["1", "", "-20"][..], "bigint"),
            (&["0", "00012"], "varchar"),
            (&["1", "2.5", "1e-9"], "double"),
            (&["0.5", "-0.25"], "double"),
            (&["99999999999999999999"], "double"),
            (&["nan", "inf"], "varchar"),
            (&["+1"], "double"),
            (&["TRUE", "false"], "boolean"),
            (&["2026-02-28"], "date"),
            (&["2026-02-30"], "varchar"),
            (&["2026-02-28 10:00:00", "2026-02-28 10:00:00.123"], "timestamp"),
            (&["2026-02-28T10:00:00Z"], "varchar"),
            (&["1", "x"], "varchar"),
            (&["", ""], "varchar"),
            (&[], "varchar"),
            (&["日本日本日本日本日"], "varchar"),
            (&["-"], "varchar"),
        ] {
            assert_eq!(kind_of(values.iter().copied()), kind, "{values:?}");
        }
    }
}
