//! What lies under a prefix: one level of it, every key, or how much it is; and what lay there.

mod level;
mod past;
mod size;
mod walk;

pub use level::{Item, Items, Level, level};
pub use past::Past;
pub use size::Measure;
pub use walk::{Gait, Stop, Sweep, Walk, sweep, walk};
