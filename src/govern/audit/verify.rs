//! Does the log still say what was written?

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::chain::{Head, SEAL, read_head_file, sha256};
use super::record::{Found, NO_HASH, read_line};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Lines that belong to the log.
    pub records: u64,
    /// Where the chain in the file stands.
    pub head: Option<Head>,
    /// Torn lines that a later record seals: a crash, said openly.
    pub sealed: u64,
    /// Bytes of a torn last line that nothing seals yet.
    pub torn: usize,
    /// In the order of the file.
    pub faults: Vec<Fault>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One place where the log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line in the file, from 1; one past the last for what is missing at the end.
    pub line: u64,
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// Reads the whole log once, a line in memory at a time.
///
/// # Errors
/// As reading the file; a log that is not there is an empty one.
pub fn verify(path: &Path) -> io::Result<Verdict> {
    let noted = read_head_file(path);
    let mut check = Check::new(noted);
    match File::open(path) {
        Ok(file) => {
            // A line that is being written is not a torn one.
            rustix::fs::flock(&file, rustix::fs::FlockOperation::LockShared)?;
            check.read(BufReader::new(file))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(check.finish())
}

struct Check {
    verdict: Verdict,
    line: u64,
    seq: u64,
    prev: String,
    /// A line that is none of ours, until the next one says whether it was sealed.
    stray: Option<(u64, Vec<u8>)>,
    /// What the head file says the last line is.
    noted: Option<Head>,
    noted_seen: bool,
}

impl Check {
    fn new(noted: Option<Head>) -> Self {
        Self {
            verdict: Verdict::default(),
            line: 0,
            seq: 0,
            prev: NO_HASH.to_owned(),
            stray: None,
            noted,
            noted_seen: false,
        }
    }

    fn read(&mut self, mut file: impl BufRead) -> io::Result<()> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            if file.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(());
            }
            if bytes.last() != Some(&b'\n') {
                self.verdict.torn = bytes.len();
                return Ok(());
            }
            bytes.pop();
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.line += 1;
        let Some(found) = read_line(bytes) else {
            self.close_stray(None);
            self.stray = Some((self.line, bytes.to_vec()));
            return;
        };
        self.close_stray(Some(&found));
        if !found.intact {
            self.fault(self.line, "it was edited: its hash does not fit".to_owned());
        }
        if found.link.prev != self.prev || found.link.seq != self.seq + 1 {
            let why = self.break_before(&found);
            self.fault(self.line, why);
        }
        self.verdict.records += 1;
        self.seq = found.link.seq;
        self.prev = found.hash;
        if self.noted.as_ref().is_some_and(|noted| noted.hash == self.prev) {
            self.noted_seen = true;
        }
    }

    /// Why this line does not follow the one before.
    fn break_before(&self, found: &Found) -> String {
        let (here, before) = (found.link.seq, self.seq);
        match here.checked_sub(before + 1) {
            Some(0) => "the line before it is not the one it was written after".to_owned(),
            Some(1) => format!("record {} is missing before it", here - 1),
            Some(_) => format!("records {} to {} are missing before it", before + 1, here - 1),
            None => format!("record {here} comes after record {before}: the order was changed"),
        }
    }

    fn close_stray(&mut self, next: Option<&Found>) {
        let Some((line, bytes)) = self.stray.take() else { return };
        let sealed = next.is_some_and(|found| {
            found.link.record.action == SEAL
                && found.link.record.checksum.as_deref() == Some(&sha256(&bytes))
        });
        if sealed {
            self.verdict.sealed += 1;
        } else {
            self.fault(line, "it is no record: it was edited or damaged".to_owned());
        }
    }

    fn fault(&mut self, line: u64, why: String) {
        self.verdict.faults.push(Fault { line, why });
    }

    fn finish(mut self) -> Verdict {
        self.close_stray(None);
        if let Some(noted) = self.noted.take()
            && !self.noted_seen
        {
            let why = match noted.seq.checked_sub(self.seq) {
                Some(missing @ 1..) => format!("{missing} lines are missing at the end"),
                _ => format!("record {} is not the one that was written", noted.seq),
            };
            self.fault(self.line + 1, why);
        }
        if self.seq > 0 {
            self.verdict.head = Some(Head { seq: self.seq, hash: self.prev });
        }
        self.verdict
    }
}
