//! A rate over time in one line: eight heights a cell, readable without colour.

use super::text;

const FACES: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The newest values that fit into `room` columns, the oldest first, with `top` as the full
/// height. Nothing at all is a blank, and the least of anything is seen.
pub fn line(values: &[u64], room: usize, top: u64) -> String {
    let from = values.len().saturating_sub(room);
    values[from..].iter().map(|value| face(*value, top)).collect()
}

fn face(value: u64, top: u64) -> char {
    if value == 0 || top == 0 {
        return ' ';
    }
    let eighths = (u128::from(value) * 8).div_ceil(u128::from(top)).clamp(1, 8);
    FACES[eighths as usize - 1]
}

/// A round rate that no value exceeds. In steps (1, 2, 5, 10 …), so that the line is not drawn
/// anew with every peak.
pub fn top(values: &[u64]) -> u64 {
    let peak = values.iter().copied().max().unwrap_or(0);
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    let tops = [10, 20, 30, 40].into_iter().flat_map(|unit| steps.map(|step| step << unit));
    tops.into_iter().find(|top| *top >= peak).unwrap_or(peak)
}

/// `top 100 MiB/s, 60 s`.
pub fn legend(top: u64, seconds: usize) -> String {
    format!("top {}/s, {seconds} s", text::bytes(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_shares_of_the_top() {
        assert_eq!(line(&[0, 1, 50, 100], 80, 100), " ▁▄█");
        assert_eq!(line(&[9, 0, 1, 50, 100], 2, 100), "▄█", "the newest are kept");
        assert_eq!(line(&[], 10, 0), "");
        assert_eq!(line(&[u64::MAX], 1, u64::MAX), "█");
        assert_eq!(line(&[5], 0, 5), "");
    }

    #[test]
    fn the_top_is_round_and_never_exceeded() {
        assert_eq!(top(&[]), 1 << 10);
        assert_eq!(top(&[3 << 20, 1]), 5 << 20);
        assert_eq!(top(&[501 << 20]), 1 << 30);
        assert_eq!(top(&[u64::MAX]), u64::MAX);
    }
}
