//! Which process a query, a job run or a crawl belongs to, so that another one can tell
//! whether it still has an owner.

use std::fmt;
use std::str::FromStr;

/// What becomes of work whose process has gone, told to whoever asks for it.
pub const ORPHANED: &str = "the local lake stopped";

/// A process: its id, and when it began, because ids are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pid: u32,
    /// In the kernel's clock ticks since boot; 0 where the system does not tell.
    began: u64,
}

impl Owner {
    /// This process.
    pub fn here() -> Self {
        let pid = std::process::id();
        Self { pid, began: began(pid).unwrap_or(0) }
    }

    /// Whether that process is still there.
    pub fn is_alive(self) -> bool {
        match began(self.pid) {
            Some(began) => began == self.began,
            None => !cfg!(target_os = "linux") && answers(self.pid),
        }
    }
}

/// The form it is stored in: `pid:began`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.pid, self.began)
    }
}

impl FromStr for Owner {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pid, began) = text.split_once(':').unwrap_or((text, "0"));
        Ok(Self { pid: pid.parse()?, began: began.parse()? })
    }
}

/// Field 22 of `/proc/PID/stat` (see proc(5)); the name before it may hold anything.
fn began(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

/// For systems without `/proc`: whether a signal could be sent.
fn answers(pid: u32) -> bool {
    let raw = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    raw.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_a_reused_id_is_another() {
        let here = Owner::here();
        assert!(here.is_alive());
        assert_eq!(here.to_string().parse(), Ok(here));
        if cfg!(target_os = "linux") {
            assert!(!Owner { began: here.began + 1, ..here }.is_alive());
            assert!(!Owner { pid: u32::MAX, began: 1 }.is_alive());
        }
    }

    #[test]
    fn a_child_that_ended_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let owner = Owner { pid: child.id(), began: began(child.id()).unwrap_or(0) };
        child.wait().unwrap();
        assert!(!owner.is_alive());
    }
}
