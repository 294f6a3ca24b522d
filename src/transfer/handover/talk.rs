//! What two lakehands of one user say to each other: one line of JSON each way, with the
//! version of this talk in front.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Of this talk. One that is not known is refused: the lease holds, and nothing is lost.
const VERSION: u64 = 1;

/// What may be asked of whoever works on a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub(super) enum Ask {
    /// End one batch and throw away what has arrived of its unfinished files.
    Cancel { batch: i64 },
    /// Finish the parts in flight, and leave the queue to whoever asks.
    HandOver,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub(super) enum Answer {
    /// It will be done; another answer follows.
    Wait,
    Cancelled {
        /// Bytes that had arrived.
        thrown_away: u64,
    },
    HandedOver,
    Refused {
        why: String,
    },
}

#[derive(Serialize)]
struct Line<'a, T> {
    lakehand: u64,
    #[serde(flatten)]
    said: &'a T,
}

/// One line, with its end.
pub(super) fn line(said: &impl Serialize) -> String {
    // Tagged enums of plain fields: there is no failure.
    serde_json::to_string(&Line { lakehand: VERSION, said }).unwrap_or_default() + "\n"
}

/// What a line says, or why it cannot be understood.
pub(super) fn read<T: DeserializeOwned>(line: &str) -> Result<T, &'static str> {
    let value: Value = serde_json::from_str(line).map_err(|_| "that is no line of lakehand's")?;
    match value.get("lakehand").and_then(Value::as_u64) {
        Some(VERSION) => serde_json::from_value(value).map_err(|_| "that is not known here"),
        Some(_) => Err("that is another version of lakehand"),
        None => Err("that is no line of lakehand's"),
    }
}

/// Whether a process of the user `peer` may ask one of the user `me`: only one's own.
pub(super) fn admits(peer: u32, me: u32) -> bool {
    peer == me
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        for ask in [Ask::Cancel { batch: 7 }, Ask::HandOver] {
            assert_eq!(read::<Ask>(&line(&ask)), Ok(ask));
        }
        let refused = Answer::Refused { why: "a\nb".into() };
        assert_eq!(line(&refused).matches('\n').count(), 1);
        assert_eq!(read::<Answer>(&line(&refused)), Ok(refused));
        assert_eq!(line(&Ask::HandOver), "{\"lakehand\":1,\"ask\":\"hand-over\"}\n");
    }

    #[test]
    fn what_is_garbled_or_foreign_is_refused() {
        for (text, why) in [
            ("", "no line"),
            ("GET / HTTP/1.1", "no line"),
            ("{\"ask\":\"hand-over\"}", "no line"),
            ("{\"lakehand\":2,\"ask\":\"hand-over\"}", "another version"),
            ("{\"lakehand\":1,\"ask\":\"format\"}", "not known"),
            ("{\"lakehand\":1,\"ask\":\"cancel\",\"batch\":\"x\"}", "not known"),
        ] {
            assert!(read::<Ask>(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn another_user_is_not_let_in() {
        assert!(admits(1000, 1000));
        assert!(!admits(1001, 1000));
        assert!(!admits(0, 1000), "root has other ways");
    }
}
