//! Moves files into the lake and objects out of it, in parts, with proof.

pub mod digest;
pub mod limit;
pub mod parts;
pub mod plan;
pub mod source;
pub mod units;
pub mod walk;
