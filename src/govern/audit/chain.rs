//! Appending: lock, look where the chain stands, write, fsync.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::record::{Link, NO_HASH, Record, read_line};

/// How much of the end is read to find the last line; grows when a line is longer.
const TAIL: u64 = 16 * 1024;

/// The action of the record that seals a torn line.
pub(super) const SEAL: &str = "audit:SealTornLine";

/// Where a chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last line, from 1.
    pub seq: u64,
    /// Its hash: 64 hex digits.
    pub hash: String,
}

/// The end of the file as it was found.
#[derive(Debug, Default)]
struct Tail {
    last: Option<Head>,
    /// Bytes after the last line feed: a write that a crash cut off.
    torn: Vec<u8>,
}

/// Appends `records` in this order, fsyncs, and tells where the chain stands then.
///
/// A torn last line is closed and sealed by a record that names its length and hash. When the
/// head file knows of lines that are no longer there, the chain goes on from the head file, so
/// that the loss stays visible.
///
/// # Errors
/// Those of the disk; what was written halfway is taken back.
pub fn append(path: &Path, records: &[Record]) -> io::Result<Head> {
    if let Some(dir) = path.parent() {
        make_private(dir)?;
    }
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    let tail = read_tail(&mut file)?;
    let head = newest(tail.last, read_head_file(path));
    let (text, head) = continue_chain(head, &tail.torn, records)?;
    let end = file.seek(SeekFrom::End(0))?;
    if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_data()) {
        // Best effort: a tail that cannot be taken back is sealed by the next append.
        let _ = file.set_len(end);
        return Err(error);
    }
    write_head_file(path, &head)?;
    Ok(head)
}

/// Where the chain in `path` stands; `None` where there is no line yet.
///
/// # Errors
/// As reading the file.
pub fn head(path: &Path) -> io::Result<Option<Head>> {
    match File::open(path) {
        Ok(mut file) => Ok(newest(read_tail(&mut file)?.last, read_head_file(path))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(read_head_file(path)),
        Err(error) => Err(error),
    }
}

/// The log's own last line, unless the head file knows a later or another one. (The head file
/// is written after the line: a crash in between leaves it behind, never ahead.)
fn newest(last: Option<Head>, noted: Option<Head>) -> Option<Head> {
    match (last, noted) {
        (Some(last), Some(noted)) if noted.seq >= last.seq => Some(noted),
        (Some(last), _) => Some(last),
        (None, noted) => noted,
    }
}

/// The bytes to append, and where the chain stands after them.
fn continue_chain(
    head: Option<Head>,
    torn: &[u8],
    records: &[Record],
) -> io::Result<(String, Head)> {
    let mut head = head.unwrap_or(Head { seq: 0, hash: NO_HASH.to_owned() });
    let mut text = String::new();
    let seal = (!torn.is_empty()).then(|| seal_of(torn));
    if seal.is_some() {
        text.push('\n');
    }
    for record in seal.iter().chain(records) {
        let link = Link { seq: head.seq + 1, record: record.clone(), prev: head.hash };
        let (line, hash) = link.to_line()?;
        text.push_str(&line);
        text.push('\n');
        head = Head { seq: link.seq, hash };
    }
    Ok((text, head))
}

fn seal_of(torn: &[u8]) -> Record {
    Record {
        time: jiff::Timestamp::now().to_string(),
        action: SEAL.to_owned(),
        resource: format!("the {} bytes of the line before", torn.len()),
        checksum: Some(sha256(torn)),
        outcome: "sealed".to_owned(),
        ..Record::default()
    }
}

/// `SHA256:` and hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("SHA256:{}", hex::encode(Sha256::digest(bytes)))
}

fn read_tail(file: &mut File) -> io::Result<Tail> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut window = TAIL;
    loop {
        let from = size.saturating_sub(window);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(size - from).read_to_end(&mut bytes)?;
        if let Some(tail) = split_tail(&bytes, from == 0) {
            return Ok(tail);
        }
        window *= 4;
    }
}

/// The last whole line and what follows it; `None` where the window does not hold them.
fn split_tail(bytes: &[u8], whole: bool) -> Option<Tail> {
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        return whole.then(|| Tail { last: None, torn: bytes.to_vec() });
    };
    let torn = bytes[end + 1..].to_vec();
    let mut rest = &bytes[..end];
    // A line that is none of ours (a sealed one, say) is passed over.
    loop {
        let start = rest.iter().rposition(|byte| *byte == b'\n');
        if start.is_none() && !whole {
            return None;
        }
        let line = &rest[start.map_or(0, |at| at + 1)..];
        if let Some(found) = read_line(line) {
            let last = Some(Head { seq: found.link.seq, hash: found.hash });
            return Some(Tail { last, torn });
        }
        match start {
            Some(at) => rest = &rest[..at],
            None => return Some(Tail { last: None, torn }),
        }
    }
}

fn head_path(path: &Path) -> PathBuf {
    path.with_extension("head")
}

/// `None` also where the file is damaged: it is a second witness, not the record.
pub(super) fn read_head_file(path: &Path) -> Option<Head> {
    let text = std::fs::read_to_string(head_path(path)).ok()?;
    let (seq, hash) = text.trim_end().split_once(' ')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(Head { seq: seq.parse().ok()?, hash: hash.to_owned() }).filter(|_| is_hash)
}

fn write_head_file(path: &Path, head: &Head) -> io::Result<()> {
    let target = head_path(path);
    let temporary = target.with_extension("head.new");
    let mut file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
    writeln!(file, "{} {}", head.seq, head.hash)?;
    std::fs::rename(&temporary, &target)
}

fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
