//! Moves files into the lake, objects out of it, and objects about in it, in parts, with proof.
//!
//! A [`Plan`] says what goes where. The [`Engine`] feeds it into a queue while folders are
//! still being read, and runs the queue under one budget of requests and memory. Parts are
//! summed up while they are sent; nothing is held but two blocks a part. What a stopped
//! transfer goes on from is in the [`journal`], whoever stopped it.

mod batch;
mod budget;
mod climb;
mod compare;
mod copy;
pub mod digest;
mod discard;
mod down;
mod engine;
mod feed;
mod flight;
mod gate;
pub mod handover;
mod idle;
mod item;
pub mod journal;
mod key;
mod limit;
mod line;
pub mod manifest;
mod multipart;
mod part;
pub mod parts;
mod plan;
mod progress;
mod pulse;
mod recheck;
mod recover;
mod retry;
mod silence;
mod source;
mod task;
mod temp;
mod tries;
mod up;
mod verify;
mod walk;

pub use crate::model::units;
pub use compare::{Progress as Compared, Verdict, compare};
pub use copy::Copying;
pub use discard::{Discarded, discard};
pub use engine::{Engine, Options};
pub use item::{Finished, Landed, Origin};
pub use journal::{BatchId, BatchState, Journal};
pub use plan::{Copy, CopyHow, Download, Placer, Plan, Upload, UploadHow};
pub use recheck::recheck;
pub use retry::Patience;
pub use walk::{Found, walk};
