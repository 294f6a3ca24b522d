//! How the wiring hands in a lake, since only it knows arguments and configuration.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::lake::Lake;
use crate::model::trouble::Trouble;

pub use crate::ui::app::Which;

/// Opens the lake that is asked for; `None` where there is neither a lake nor credentials.
/// May take its time: the screen is there already.
pub type Opener =
    Arc<dyn Fn(Which) -> BoxFuture<'static, Result<Option<Lake>, Trouble>> + Send + Sync>;
