//! Runs of small numbers, as levels and the numbers of values in a dictionary are written in:
//! "RLE / bit-packing hybrid" of Encodings.md of github.com/apache/parquet-format.

use super::thrift::varint;

/// So many times the same number, or so many numbers of a few bits each.
pub(super) enum Run<'a> {
    Same(u64, u64),
    Packed(&'a [u8], u64),
}

/// Goes through runs of numbers of `width` bits each until `count` of them have been seen or there
/// are no more; `None` where a run is cut off. The crate looks at the runs behind these as well,
/// as far as it sees any.
pub(super) fn runs(bytes: &[u8], width: u32, count: u64, see: impl FnMut(Run<'_>)) -> Option<()> {
    let mut rest = each(bytes, width, count, see)?;
    while rest.first().is_some_and(|head| *head != 0) {
        rest = each(rest, width, 1, |_| {})?;
    }
    Some(())
}

/// The same, without those behind, which it answers.
fn each<'a>(
    mut bytes: &'a [u8],
    width: u32,
    mut left: u64,
    mut see: impl FnMut(Run<'a>),
) -> Option<&'a [u8]> {
    while left > 0 && !bytes.is_empty() {
        // None of no length: the crate takes it for the end, or what is behind it for a run.
        let head = varint(&mut bytes).filter(|head| (1..=u64::from(u32::MAX)).contains(head))?;
        let count;
        if head & 1 == 0 {
            count = (head >> 1).min(left);
            let (value, rest) = bytes.split_at_checked(width.div_ceil(8) as usize)?;
            // Of the bytes that it stands in the crate takes all bits.
            see(Run::Same(bits(value, 0, 8 * value.len() as u32), count));
            bytes = rest;
        } else {
            // Eight at a time; the last ones may be there to fill up.
            let numbers = (head >> 1) * 8;
            if numbers > u64::from(u32::MAX) {
                return None;
            }
            count = numbers.min(left);
            let needed = (count * u64::from(width)).div_ceil(8) as usize;
            see(Run::Packed(bytes.get(..needed)?, count));
            let all = ((head >> 1) * u64::from(width)) as usize;
            bytes = bytes.get(all..).unwrap_or_default();
        }
        left -= count;
    }
    Some(bytes)
}

/// The number at a place among numbers of `width` bits, which begin with the lowest bit.
pub(super) fn bits(bytes: &[u8], at: u64, width: u32) -> u64 {
    let first = at * u64::from(width);
    let mut window = [0; 16];
    let there = bytes.get((first / 8) as usize..).unwrap_or_default();
    let some = there.len().min(9);
    window[..some].copy_from_slice(&there[..some]);
    let mask = u64::MAX.checked_shr(64 - width.min(64)).unwrap_or(0);
    (u128::from_le_bytes(window) >> (first % 8)) as u64 & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_must_reach_for_what_is_read_of_them() {
        let reach = |bytes: &[u8], width, left| each(bytes, width, left, |_| {}).is_some();
        // Eight of one bit; then seven times a one.
        assert!(reach(&[3, 0xff, 14, 1], 1, 15));
        assert!(reach(&[3, 0xff, 14, 1], 1, 20), "fewer than there are to be");
        assert!(!reach(&[3], 1, 1));
        assert!(!reach(&[14], 1, 1));
        assert!(reach(&[5, 0xff], 1, 8), "what only fills up may be missing");
        assert!(!reach(&[5, 0xff], 1, 9));
        assert!(!reach(&[0xff; 12], 1, 9));
        assert!(!reach(&[0xff, 0xff, 0xff, 0xff, 0x7f, 0], 1, 9));
        assert!(!reach(&[0, 1, 14, 1], 1, 7), "one of no length");
        // More than the crate can count: it would take what they are packed in for a run.
        assert!(!reach(&[0x81, 0x80, 0x80, 0x80, 4, 0xff], 1, 8));
    }

    #[test]
    fn what_is_behind_the_runs_is_looked_at_as_well() {
        let whole = |behind: &[u8]| runs(&[&[14, 1], behind].concat(), 1, 7, |_| {}).is_some();
        assert!(whole(&[]) && whole(&[3, 0xff]) && whole(&[0, 0, 0]));
        assert!(!whole(&[0xff; 11]), "a number without an end");
        assert!(runs(&[0xff; 11], 1, 0, |_| {}).is_none(), "where nothing is read");
    }
}
