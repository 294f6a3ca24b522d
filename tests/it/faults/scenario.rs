//! What a scenario file says: the files, what goes wrong on the wire, how it must end.

use std::collections::BTreeMap;

use lakehand::model::units::parse_size;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence, shown where the scenario fails.
    pub about: String,
    /// `put`, or `get` of objects that are there already.
    #[serde(default)]
    pub direction: Direction,
    #[serde(rename = "file")]
    pub files: Vec<File>,
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
    #[serde(default)]
    pub engine: Engine,
    /// File → a fragment of the sentence it must fail with. Every other file must arrive.
    #[serde(default)]
    pub fails: BTreeMap<String, String>,
    /// Requests, named as in a fault, that must have come so often at least.
    #[serde(default, rename = "count")]
    pub counts: Vec<Count>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    pub on: String,
    pub at_least: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    #[default]
    Put,
    Get,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    #[serde(deserialize_with = "size")]
    pub size: usize,
}

/// How the engine is set; what is left out suits a test.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Tries of one request, beyond the SDK's own.
    pub tries: Option<u32>,
    /// Milliseconds after which a request that moves nothing is given up.
    pub silence_ms: Option<u64>,
    pub concurrency: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    /// `METHOD`, a part of the path, and a part of the query, as far as they matter:
    /// `PUT /big partNumber=2`; `*` is any method.
    pub on: String,
    /// Requests that pass before the first that does not.
    #[serde(default)]
    pub skip: u32,
    /// Requests that meet it; all, if left out.
    pub times: Option<u32>,
    #[serde(flatten)]
    pub act: Act,
}

/// What happens to a request, or to its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// RST, once so many bytes of the body have passed.
    Reset {
        #[serde(default)]
        at: Side,
        #[serde(default)]
        after: u64,
    },
    /// Nothing moves any more, once so many bytes of the body have passed.
    Stall {
        #[serde(default)]
        at: Side,
        #[serde(default)]
        after: u64,
    },
    /// One byte of the body arrives as another.
    Damage {
        #[serde(default)]
        at: Side,
        #[serde(default)]
        after: u64,
    },
    /// The answer ends in good manners after so many bytes of its body.
    Truncate { after: u64 },
    /// This answer instead of the store's; with `early` as soon as so many bytes of the body
    /// are there, and the connection is closed.
    Answer {
        status: u16,
        code: String,
        #[serde(default)]
        early: Option<u64>,
    },
    /// The store does it, and nobody hears.
    Lose,
    /// Headers of the store's answer, where it has them, read so instead; an empty one is gone.
    Headers { set: BTreeMap<String, String> },
    /// The answer's first byte comes late.
    Slow { ms: u64 },
    /// All connections are reset and new ones refused for a while.
    Refuse { ms: u64 },
    /// All connections are reset, and the store's name cannot be resolved for a while.
    Unname { ms: u64 },
    /// The session is over, for so long or for one session token: everything is answered so.
    Expire {
        #[serde(default)]
        ms: u64,
        #[serde(default)]
        token: String,
    },
    /// Something happens to a source file while the request is under way.
    Source { file: String, how: Mishap },
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    #[default]
    Request,
    Answer,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mishap {
    Remove,
    Append,
    Truncate,
    /// A folder of the same name takes its place.
    Folder,
    /// Another file of the same size takes its place.
    Replace,
}

/// True for a request that `on` names.
pub fn is_meant(on: &str, method: &str, target: &str) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut wanted = on.split_whitespace();
    let wanted_method = wanted.next().unwrap_or("*");
    (wanted_method == "*" || wanted_method == method)
        && wanted.all(|part| match part.starts_with('/') {
            true => path.contains(part),
            false => query.contains(part),
        })
}

fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "0" => Ok(0),
        text => parse_size(text).map(|size| size as usize).map_err(serde::de::Error::custom),
    }
}
