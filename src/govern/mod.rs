//! What keeps the lake's manager safe and accountable: the sanitiser, paths that cannot
//! leave their folder, the audit log, the posture of the lake's buckets.

pub mod audit;
pub mod path;
pub mod posture;

pub use crate::model::shown::{Shown, shown};
pub use path::{PathGuard, UnsafePath, safe_path};
