//! The embedded lake: AWS's protocols in front, a folder behind.

pub mod athena;
pub mod demo;
pub mod door;
pub mod error;
pub mod glue;
pub mod kms;
mod lake;
pub mod lakeformation;
pub mod principal;
mod private;
pub mod process;
pub mod s3;
pub mod sql;
pub mod state;

pub use error::ApiError;
pub use lake::{LocalLake, OpenError};
