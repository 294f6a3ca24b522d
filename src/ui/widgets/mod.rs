//! The few things every pane draws with.

pub mod bar;
pub mod field;
pub mod frame;
pub mod list;
pub mod table;
pub mod text;
