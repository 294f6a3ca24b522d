//! One folder a pane: `mod` (state and the `Pane` impl), `talk` (jobs and news), `command`,
//! and how it is drawn.

pub mod buckets;
pub mod jobs;
pub mod sql;
pub mod transfers;
