//! A page's bytes, with a bound: of a few bytes gzip makes a thousand times as many.

use std::io::Read;

use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};

/// The most bytes of a page, packed or not.
pub(super) const PAGE: usize = 64 << 20;

pub(super) fn failed(what: impl Into<String>) -> ParquetError {
    ParquetError::General(what.into())
}

pub(super) fn unpack(codec: Compression, packed: &[u8]) -> Result<Vec<u8>> {
    match codec {
        Compression::UNCOMPRESSED => Ok(packed.to_vec()),
        Compression::SNAPPY => {
            let length = snap::raw::decompress_len(packed)?;
            // At most 64 bytes come of three.
            if length > PAGE || length > packed.len().saturating_mul(32) {
                return Err(too_long());
            }
            Ok(snap::raw::Decoder::new().decompress_vec(packed)?)
        }
        Compression::GZIP(_) => bounded(flate2::read::MultiGzDecoder::new(packed)),
        Compression::ZSTD(_) => bounded(zstd::Decoder::with_buffer(packed)?),
        Compression::BROTLI(_) => bounded(brotli::Decompressor::new(packed, 4096)),
        Compression::LZ4_RAW => block(packed),
        Compression::LZ4 => framed(packed).or_else(|_| block(packed)),
        other => Err(failed(format!("pages packed by {other} are not known"))),
    }
}

fn too_long() -> ParquetError {
    failed("a page is longer than 64 MiB")
}

fn bounded(unpacking: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    unpacking.take(PAGE as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > PAGE { Err(too_long()) } else { Ok(bytes) }
}

/// A block of LZ4 does not tell how long it becomes; 255 times as long at most.
fn block(packed: &[u8]) -> Result<Vec<u8>> {
    let most = packed.len().saturating_mul(255).saturating_add(64).min(PAGE);
    let mut room = packed.len().saturating_mul(4).saturating_add(64).min(most);
    loop {
        let mut bytes = vec![0; room];
        match lz4_flex::block::decompress_into(packed, &mut bytes) {
            Ok(length) => {
                bytes.truncate(length);
                return Ok(bytes);
            }
            Err(lz4_flex::block::DecompressError::OutputTooSmall { .. }) if room < most => {
                room = room.saturating_mul(4).min(most);
            }
            Err(error) => return Err(failed(error.to_string())),
        }
    }
}

/// Hadoop's way: blocks, before each its length unpacked and packed, big-endian.
fn framed(mut packed: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while !packed.is_empty() {
        let (long, rest) =
            packed.split_first_chunk::<4>().ok_or_else(|| failed("LZ4 is cut off"))?;
        let (short, rest) =
            rest.split_first_chunk::<4>().ok_or_else(|| failed("LZ4 is cut off"))?;
        let (long, short) =
            (u32::from_be_bytes(*long) as usize, u32::from_be_bytes(*short) as usize);
        if short > rest.len() || long > short.saturating_mul(255).saturating_add(64) {
            return Err(failed("LZ4 is damaged"));
        }
        if bytes.len() + long > PAGE {
            return Err(too_long());
        }
        let start = bytes.len();
        bytes.resize(start + long, 0);
        let length = lz4_flex::block::decompress_into(&rest[..short], &mut bytes[start..])
            .map_err(|error| failed(error.to_string()))?;
        bytes.truncate(start + length);
        packed = &rest[short..];
    }
    Ok(bytes)
}
