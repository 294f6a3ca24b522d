//! What a statement will read, before it runs: from the sizes that the catalog knows of tables
//! and of the partitions that the statement leaves, else from a short look at where they lie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::lake::Lake;
use crate::model::catalog::{Counted, Partition, Table};
use crate::model::object::Entry;
use crate::model::query::Estimate;
use crate::model::sql::prune;
use crate::model::sql::tables::{self, Named};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What was found holds so long.
const FRESH: Duration = Duration::from_secs(300);
/// Pages of partitions that are read of one table.
const PARTITION_PAGES: usize = 4;
/// Places that are looked into for one table, pages of each, and how many at a time.
const PLACES: usize = 16;
const PAGES: usize = 2;
const AT_ONCE: usize = 4;

/// How much of a table is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    bytes: u64,
    /// False where there is more than was counted.
    whole: bool,
}

impl Size {
    const NOTHING: Self = Self { bytes: 0, whole: true };

    fn and(self, other: Self) -> Self {
        let bytes = self.bytes.saturating_add(other.bytes);
        Self { bytes, whole: self.whole && other.whole }
    }
}

/// What was found out, each with when that was.
type Known<K, V> = Mutex<HashMap<K, (Instant, V)>>;
/// Database and table.
type Name = (String, String);

/// What was found out, until it is too old: by table, and by table and chosen partitions.
#[derive(Default)]
pub struct Scales {
    tables: Known<Name, Option<Arc<Table>>>,
    sizes: Known<(Name, Option<String>), Size>,
}

impl Scales {
    /// Nothing is known any more: tables have changed.
    pub fn forget(&self) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A table; `None` where there is none of that name.
    async fn table(&self, lake: &Lake, name: &Name) -> Result<Option<Arc<Table>>, Trouble> {
        if let Some(known) = fresh(&self.tables, name) {
            return Ok(known);
        }
        let found = match lake.table(&name.0, &name.1).await {
            Ok(found) => Some(Arc::new(found)),
            Err(trouble) if trouble.kind == Kind::NotFound => None,
            Err(trouble) => return Err(trouble),
        };
        keep(&self.tables, name.clone(), found.clone());
        Ok(found)
    }

    async fn size(&self, lake: &Lake, of: &Table, chosen: Option<&str>) -> Result<Size, Trouble> {
        let name = (of.database.clone(), of.name.clone());
        let key = (name, chosen.map(str::to_owned));
        if let Some(known) = fresh(&self.sizes, &key) {
            return Ok(known);
        }
        let size = size(lake, of, chosen).await?;
        keep(&self.sizes, key, size);
        Ok(size)
    }
}

fn fresh<K: Eq + std::hash::Hash, V: Clone>(all: &Known<K, V>, key: &K) -> Option<V> {
    let all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(key).filter(|(then, _)| then.elapsed() < FRESH).map(|(_, value)| value.clone())
}

fn keep<K: Eq + std::hash::Hash, V>(all: &Known<K, V>, key: K, value: V) {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, (then, _)| then.elapsed() < FRESH);
    all.insert(key, (Instant::now(), value));
}

/// What the statement will read at most; `None` where it reads no table that there is.
///
/// A table that is named twice counts twice. A view, and a table that may not be looked at,
/// is named as unknown.
///
/// # Errors
/// Where nothing at all can be found out: no session, no network.
pub async fn estimate(
    lake: &Lake,
    sql: &str,
    database: &str,
    scales: &Scales,
) -> Result<Option<Estimate>, Trouble> {
    let full = |named: &Named| {
        let database = named.database.as_deref().unwrap_or(database);
        (database.to_owned(), named.name.clone())
    };
    // First what there is, then what of it the conditions leave.
    let mut known = HashMap::new();
    let mut unknown = Vec::new();
    for named in tables::named(sql) {
        let name = full(&named);
        if known.contains_key(&name) {
            continue;
        }
        match scales.table(lake, &name).await {
            Ok(found) => {
                known.insert(name, found);
            }
            Err(trouble) if trouble.kind == Kind::Denied => unknown.push(name.1),
            Err(trouble) => return Err(trouble),
        }
    }
    let keys = |named: &Named| {
        let found = known.get(&full(named))?.as_ref()?;
        (!found.is_projected).then_some(&found.partition_keys)
    };
    let mut all: Option<Size> = None;
    for (named, chosen) in prune::chosen(sql, keys) {
        let Some(Some(of)) = known.get(&full(&named)) else { continue };
        if of.is_view() {
            unknown.push(named.name);
            continue;
        }
        match scales.size(lake, of, chosen.as_deref()).await {
            Ok(size) => all = Some(all.unwrap_or(Size::NOTHING).and(size)),
            Err(trouble) if matches!(trouble.kind, Kind::Denied | Kind::NotFound) => {
                unknown.push(named.name);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    unknown.dedup();
    if all.is_none() && unknown.is_empty() {
        return Ok(None);
    }
    let Size { bytes, whole } = all.unwrap_or(Size::NOTHING);
    Ok(Some(Estimate { bytes, whole, unknown }))
}

/// How much lies at a place, as far as that is known, and where that is.
struct Weight {
    bytes: Option<u64>,
    place: Option<S3Uri>,
}

impl Weight {
    fn new(counted: Counted, location: Option<&str>) -> Self {
        Self {
            // Some writers say 0 and write on.
            bytes: counted.bytes.filter(|bytes| *bytes > 0),
            place: location.and_then(|location| location.parse().ok()),
        }
    }
}

async fn size(lake: &Lake, of: &Table, chosen: Option<&str>) -> Result<Size, Trouble> {
    let own = Weight::new(of.counted, of.location.as_deref());
    if of.partition_keys.is_empty() || of.is_projected {
        return places(lake, vec![own]).await;
    }
    let mut found = Vec::new();
    let (mut token, mut whole) = (None, false);
    for _ in 0..PARTITION_PAGES {
        let page = lake.partitions(&of.database, &of.name, chosen, token, 1000).await?;
        let weight = |one: Partition| Weight::new(one.counted, one.location.as_deref());
        found.extend(page.partitions.into_iter().map(weight));
        token = page.next;
        if token.is_none() {
            whole = true;
            break;
        }
    }
    let uncounted = found.iter().filter(|weight| weight.bytes.is_none()).count();
    // All of a table lies, as a rule, under its own place: one look there instead of many.
    let size = match chosen {
        None if uncounted > PLACES && own.place.is_some() => {
            return places(lake, vec![own]).await;
        }
        _ => places(lake, found).await?,
    };
    Ok(Size { whole: size.whole && whole, ..size })
}

/// What the catalog has counted, and a look at what it has not.
async fn places(lake: &Lake, weights: Vec<Weight>) -> Result<Size, Trouble> {
    let counted = weights.iter().filter_map(|weight| weight.bytes).fold(0, u64::saturating_add);
    let counted = Size { bytes: counted, whole: true };
    let uncounted = weights.into_iter().filter(|weight| weight.bytes.is_none());
    let mut places: Vec<S3Uri> = uncounted.filter_map(|weight| weight.place).collect();
    let more = places.len() > PLACES;
    places.truncate(PLACES);
    let looked = stream::iter(places).map(|place| look(lake, place)).buffer_unordered(AT_ONCE);
    let size = looked.try_fold(counted, async |size, other| Ok(size.and(other))).await?;
    Ok(Size { whole: size.whole && !more, ..size })
}

/// What lies under a place, as far as a few pages tell.
async fn look(lake: &Lake, place: S3Uri) -> Result<Size, Trouble> {
    let folder = match place.key.is_empty() || place.key.ends_with('/') {
        true => place,
        false => S3Uri::new(&place.bucket, format!("{}/", place.key)),
    };
    let mut bytes: u64 = 0;
    let mut token = None;
    for _ in 0..PAGES {
        let page = lake.page(&folder, false, token.as_deref(), 1000).await?;
        for entry in page.entries {
            if let Entry::Object(object) = entry
                && is_read(&object.key)
            {
                bytes = bytes.saturating_add(object.size);
            }
        }
        token = page.next;
        if token.is_none() {
            return Ok(Size { bytes, whole: true });
        }
    }
    Ok(Size { bytes, whole: false })
}

/// Athena passes over files whose names begin with an underscore or a dot
/// (<https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html>).
fn is_read(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    !name.starts_with(['_', '.'])
}
