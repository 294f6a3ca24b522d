//! Looking at a result that lies in a spool: its order, what is found in it, what a column
//! holds, a picture of two. All of it reads rows one after the other, holds little of them, and
//! ends early where it is cancelled (the answer is `None` then).

mod chart;
mod find;
mod key;
mod profile;
mod sort;

pub use chart::{Bin, Chart, Group, Plot, chart};
pub use find::{Hits, Needle};
pub use profile::{Distinct, Profile, Range, profile};
pub use sort::{By, Order, sort};

/// Rows between two looks at whether anybody still waits.
const BREATH: usize = 4096;
