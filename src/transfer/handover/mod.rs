//! One queue passes from process to process.
//!
//! Every process with an engine opens a [`Door`]: a Unix socket beside its lease, for the same
//! user alone. Through it another one ends a batch, or, where this one has lost its terminal,
//! takes the queue over at a part boundary, so that no byte is sent twice.

mod ask;
mod door;
mod socket;
mod talk;

pub use ask::{cancel, hand_over};
pub use door::Door;
