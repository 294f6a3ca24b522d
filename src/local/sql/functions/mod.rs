//! Athena's functions that DataFusion lacks or means otherwise.

mod arith;
mod cast;
mod collect;
mod format;
mod fun;
mod json;
mod jsonpath;
mod math;
mod pattern;
mod reduce;
mod regex;
mod text;
mod time;
mod zone;

use datafusion::logical_expr::ScalarUDF;

pub use arith::{LENIENT, checked};
pub use json::to_json_text;
pub use reduce::reduce;

/// All of them.
pub fn all() -> Vec<ScalarUDF> {
    [
        arith::functions(),
        cast::functions(),
        collect::functions(),
        format::functions(),
        json::functions(),
        math::functions(),
        regex::functions(),
        text::functions(),
        time::functions(),
        zone::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
