//! What was run before, and the queries saved in Athena.

use jiff::Timestamp;

use super::keep::{self, Past};
use super::{Cx, blocking};
use crate::lake::Lake;
use crate::model::query::{self, NamedQuery, QueryExecution, QueryState};
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::ui::panes::sql::{History, Stored};
use crate::ui::widgets::text;

/// Statements of the history that are offered.
const PAST: usize = 100;

/// Adds a query that is over to the history.
pub(super) async fn remember(execution: &QueryExecution, sql: &str, lake: &Lake, cx: &Cx) {
    let path = cx.desk().history(lake.settings());
    let past = Past {
        at: Timestamp::now().as_second(),
        id: execution.id.clone(),
        state: execution.state.name().to_owned(),
        database: execution.database.clone().unwrap_or_default(),
        sql: sql.to_owned(),
        scanned: execution.scanned,
    };
    let shown = path.display().to_string();
    // One that was found again may have been told of before.
    let once = move || match keep::history(&path)?.iter().any(|known| known.id == past.id) {
        true => Ok(()),
        false => keep::append(&path, &past),
    };
    if let Err(error) = blocking(once).await {
        cx.complain(&Trouble::disk(format!("keep the history {shown}"), &error)).await;
    }
}

pub(super) async fn saved(workgroup: &str, cx: &Cx) -> Result<Vec<Stored>, Trouble> {
    let lake = cx.lake()?;
    let mut queries = lake.named_queries(workgroup).await?;
    queries.sort_by(|one, other| one.name.cmp(&other.name));
    let stored = |query: NamedQuery| {
        let about = query.description.filter(|text| !text.is_empty());
        let name = about.map_or(query.name.clone(), |about| format!("{}: {about}", query.name));
        Stored {
            name: Shown::of(&name),
            database: Some(query.database),
            sql: query.sql,
            execution: None,
            has_result: false,
        }
    };
    Ok(queries.into_iter().map(stored).collect())
}

pub(super) async fn history(cx: &Cx) -> Result<History, Trouble> {
    let lake = cx.lake()?;
    let path = cx.desk().history(lake.settings());
    let shown = path.display().to_string();
    let past = blocking(move || keep::history(&path)).await;
    let past = past.map_err(|error| Trouble::disk(format!("read the history {shown}"), &error))?;
    let price = lake.settings().price_per_tb_scanned;
    let today = today(&past, Timestamp::now(), price);
    let stored = |past: Past| {
        let at = Timestamp::from_second(past.at).map(text::time).unwrap_or_default();
        let read = past.scanned.map_or_else(String::new, |bytes| {
            let dollars = text::dollars(query::cost(bytes, price));
            format!(" {} {}", text::bytes(bytes), dollars.trim_start_matches("≈ "))
        });
        let name = format!("{at} {}{read} {}", past.state, text::glance(&past.sql));
        let has_result = past.state == QueryState::Succeeded.name();
        let (database, execution) = (Some(past.database), Some(past.id));
        Stored { name: Shown::of(&name), database, sql: past.sql, execution, has_result }
    };
    let statements = keep::distinct(past, PAST).into_iter().map(stored).collect();
    Ok(History { today: Shown::of(&today), statements })
}

/// What the queries of this day (UTC) have read, and about what that costs.
fn today(past: &[Past], now: Timestamp, price_per_tb: f64) -> String {
    const DAY: i64 = 86_400;
    let day = now.as_second().div_euclid(DAY);
    let today = past.iter().take_while(|past| past.at.div_euclid(DAY) == day);
    let scanned: Vec<u64> = today.map(|past| past.scanned.unwrap_or(0)).collect();
    let cost: f64 = scanned.iter().map(|bytes| query::cost(*bytes, price_per_tb)).sum();
    let queries = text::queries(scanned.len());
    let bytes = text::bytes(scanned.iter().sum());
    format!("today {queries}, scanned {bytes} ({})", text::dollars(cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_added_up() {
        let past = |at: i64, scanned: u64| Past {
            at,
            id: "q".into(),
            state: "SUCCEEDED".into(),
            database: "default".into(),
            sql: "select 1".into(),
            scanned: Some(scanned),
        };
        let noon = Timestamp::from_second(86_400 * 20_000 + 43_200).unwrap();
        let all = [past(noon.as_second(), 1 << 40), past(noon.as_second() - 50_000, 1 << 40)];
        assert_eq!(today(&all, noon, 5.0), "today 1 query, scanned 1.0 TiB (≈ $5.50)");
        assert_eq!(today(&[], noon, 5.0), "today 0 queries, scanned 0 B ($0)");
    }
}
