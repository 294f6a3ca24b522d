//! Running SQL: where its results go, start and poll, read the rows, keep them.
//!
//! A plain asynchronous API over [`Lake`](crate::lake::Lake); the verb `sql` and the SQL pane
//! are its two callers.

mod estimate;
mod place;
mod result_csv;
mod rows;
mod run;
mod save;
mod unload;

pub mod batch;
pub mod look;
pub mod parameters;
pub mod spool;
pub mod write;

pub use estimate::{Scales, estimate};
pub use place::{Place, decide, place};
pub use rows::{Rows, to_csv};
pub use run::{cost, follow, run};
pub use save::{SaveTo, Saved, default_name, save};
pub use unload::{UnloadFormat, save_unloaded};
