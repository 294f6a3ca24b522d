//! What lies under a prefix: one level of it, or every key, streamed; and what lay there.

mod level;
mod past;
mod walk;

pub use level::{Level, level};
pub use past::Past;
pub use walk::{Gait, Walk, walk};
