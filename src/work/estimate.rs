//! What a statement will read, found out behind the typing.

use std::time::Duration;

use super::Cx;
use crate::query;
use crate::ui::panes::sql::News;

/// So long nothing must have been typed before the catalog is asked.
const REST: Duration = Duration::from_millis(400);

/// Cut off by the next key. What cannot be found out is not told: whoever runs the statement
/// will hear of the trouble.
pub(super) async fn tell(tab: u32, turn: u32, sql: &str, database: &str, cx: &Cx) {
    tokio::time::sleep(REST).await;
    let Ok(lake) = cx.lake() else { return };
    match query::estimate(&lake, sql, database, &cx.bench().scales).await {
        Ok(estimate) => cx.tell(News::Estimate { tab, turn, estimate }).await,
        Err(trouble) => tracing::debug!("no estimate: {trouble}"),
    }
}
