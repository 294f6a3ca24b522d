//! The few things every pane draws with.

pub mod area;
pub mod bar;
pub mod field;
pub mod filter;
pub mod frame;
pub mod grid;
pub mod list;
pub mod notes;
pub mod spark;
pub mod table;
pub mod text;
