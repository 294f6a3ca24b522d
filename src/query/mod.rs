//! Running SQL: where its results go, start and poll, read the rows, keep them.
//!
//! A plain asynchronous API over [`Lake`](crate::lake::Lake); the verb `sql` and the SQL pane
//! are its two callers.

mod estimate;
mod place;
mod register;
mod result_csv;
mod rows;
mod run;
mod save;
mod sidecar;
mod unload;

pub mod batch;
pub mod look;
pub use crate::model::sql::parameters;
pub mod spool;
pub mod write;

pub use estimate::{Scales, estimate};
pub use place::{Place, decide, place};
pub use register::{columns_of, fitting, register, set_apart};
pub use rows::{Rows, to_csv};
pub use run::{cost, follow, run};
pub use save::{SaveTo, Saved, default_name, save, vacant};
pub use unload::{Again, free, save_again};
