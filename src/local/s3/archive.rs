//! Archived objects: what lies in GLACIER or DEEP_ARCHIVE is not read before it has been
//! restored, as in S3. Nothing is really moved, so how long a restore takes is a rule of this
//! lake's own: Expedited is there at once, Standard in a minute, Bulk in ten. A restore under
//! way can be asked for again with a faster tier, which then has the say.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::object::Meta;
use crate::model::storage::{Class, Tier};

const DAY: u64 = 24 * 3600;

/// A temporary copy that was asked for. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    tier: String,
    /// When it is, or was, there to be read.
    ready: u64,
    /// When it is gone again: a midnight, UTC.
    until: u64,
}

/// How an object stands towards being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in a class that is read.
    Open,
    Archived,
    Restoring,
    /// To be read until then, in seconds since the epoch.
    Restored(u64),
}

fn delay(tier: Tier) -> u64 {
    match tier {
        Tier::Expedited => 0,
        Tier::Standard => 60,
        Tier::Bulk => 600,
    }
}

/// The class that an object is archived in.
fn archive(meta: &Meta) -> Option<Class> {
    meta.storage_class.as_deref().and_then(Class::parse).filter(|class| class.is_archive())
}

/// True for what queries pass over: Athena reads no archived objects, restored or not, unless
/// its table says so.
pub fn is_archived(meta: &Meta) -> bool {
    archive(meta).is_some()
}

pub fn standing(meta: &Meta, now: SystemTime) -> Standing {
    let now = seconds(now);
    match (archive(meta), &meta.restored) {
        (None, _) => Standing::Open,
        (_, Some(copy)) if now < copy.ready => Standing::Restoring,
        (_, Some(copy)) if now < copy.until => Standing::Restored(copy.until),
        _ => Standing::Archived,
    }
}

/// # Errors
/// `InvalidObjectState` for what has to be restored first.
pub fn readable(meta: &Meta) -> Result<(), StoreError> {
    match standing(meta, SystemTime::now()) {
        Standing::Open | Standing::Restored(_) => Ok(()),
        Standing::Archived | Standing::Restoring => Err(StoreError::new(
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
        )),
    }
}

/// The object's description once this was asked for, and whether its copy was there already:
/// then it is only kept for longer.
fn asked(meta: &Meta, days: u64, tier: Tier, now: SystemTime) -> Result<(Meta, bool), StoreError> {
    let Some(class) = archive(meta) else {
        return Err(StoreError::new(
            "InvalidObjectState",
            "Restore is not allowed for the object's current storage class",
        ));
    };
    if class == Class::DeepArchive && tier == Tier::Expedited {
        return Err(StoreError::new(
            "InvalidArgument",
            "Retrieval option is not supported by this storage class",
        ));
    }
    let now_in = seconds(now);
    let under_way = meta.restored.as_ref().and_then(|copy| Tier::parse(&copy.tier));
    let (ready, there) = match standing(meta, now) {
        Standing::Restored(_) => (now_in, true),
        Standing::Restoring if under_way.is_none_or(|before| tier <= before) => {
            return Err(StoreError::new(
                "RestoreAlreadyInProgress",
                "Object restore is already in progress",
            ));
        }
        _ => (now_in + delay(tier), false),
    };
    let until = (ready + days * DAY).div_ceil(DAY) * DAY;
    let restored = Some(Restored { tier: tier.name().to_owned(), ready, until });
    Ok((Meta { restored, ..meta.clone() }, there))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A time of [`Standing`] as one of the machine's.
pub fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

impl Store {
    /// Asks for a temporary copy of an archived object. True where one was there already.
    ///
    /// # Errors
    /// `InvalidObjectState` for what is not archived, `RestoreAlreadyInProgress`, `NoSuchKey`,
    /// `NoSuchVersion`; `MethodNotAllowed` for a delete marker.
    pub fn restore(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        days: u64,
        tier: Tier,
    ) -> Result<bool, StoreError> {
        let mut there = false;
        self.edit_meta(bucket, key, version, |meta| {
            let (meta, was) = asked(meta, days, tier, SystemTime::now())?;
            there = was;
            Ok(meta)
        })?;
        Ok(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 20_000 * DAY + DAY / 2;

    fn meta(class: &str) -> Meta {
        Meta { storage_class: Some(class.into()), ..Meta::default() }
    }

    fn ask(meta: &Meta, tier: Tier, at: u64) -> Result<(Meta, bool), &'static str> {
        asked(meta, 2, tier, time(at)).map_err(|why| why.code)
    }

    #[test]
    fn a_restore_is_under_way_then_there_then_gone() {
        let asleep = meta("GLACIER");
        let at = |meta: &Meta, seconds| standing(meta, time(seconds));
        assert_eq!(at(&asleep, NOON), Standing::Archived);
        let (coming, there) = ask(&asleep, Tier::Standard, NOON).unwrap();
        assert_eq!((at(&coming, NOON), there), (Standing::Restoring, false));
        let until = 20_003 * DAY;
        assert_eq!(at(&coming, NOON + 60), Standing::Restored(until), "the midnight after");
        assert_eq!(at(&coming, until), Standing::Archived);
        let (longer, there) = ask(&coming, Tier::Bulk, NOON + DAY).unwrap();
        assert_eq!((at(&longer, NOON + DAY), there), (Standing::Restored(until + DAY), true));
    }

    #[test]
    fn only_a_faster_tier_overtakes() {
        let (coming, _) = ask(&meta("DEEP_ARCHIVE"), Tier::Bulk, NOON).unwrap();
        assert_eq!(ask(&coming, Tier::Bulk, NOON), Err("RestoreAlreadyInProgress"));
        let (sooner, _) = ask(&coming, Tier::Standard, NOON).unwrap();
        assert_eq!(standing(&sooner, time(NOON + 61)), Standing::Restored(20_003 * DAY));
        assert_eq!(ask(&sooner, Tier::Bulk, NOON), Err("RestoreAlreadyInProgress"));
        assert_eq!(ask(&meta("DEEP_ARCHIVE"), Tier::Expedited, NOON), Err("InvalidArgument"));
    }

    #[test]
    fn what_is_not_archived_is_read_and_not_restored() {
        for class in ["STANDARD_IA", "GLACIER_IR"] {
            assert_eq!(standing(&meta(class), time(NOON)), Standing::Open);
            assert_eq!(ask(&meta(class), Tier::Bulk, NOON), Err("InvalidObjectState"));
            assert!(readable(&meta(class)).is_ok() && !is_archived(&meta(class)));
        }
        assert_eq!(readable(&meta("GLACIER")).unwrap_err().code, "InvalidObjectState");
    }
}
