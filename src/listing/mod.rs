//! What lies under a prefix: one level of it, or every key, streamed.

mod level;
mod walk;

pub use level::{Item, Items, Level, level};
pub use walk::{Gait, Walk, walk};
