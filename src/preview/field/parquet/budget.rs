//! How much memory the pages of a file and the rows made of them may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::errors::Result;

use super::unpack::failed;

/// The most bytes of all pages that are held.
const HELD: u64 = 256 << 20;
/// The most bytes that a batch of rows may become beside its pages.
const BATCH: u64 = 128 << 20;

/// What is left of both.
pub(super) struct Budget {
    held: AtomicU64,
    batch: AtomicU64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { held: AtomicU64::new(HELD), batch: AtomicU64::new(BATCH) }
    }
}

impl Budget {
    /// Before each batch of rows.
    pub(super) fn renew(&self) {
        self.batch.store(BATCH, Ordering::Relaxed);
    }

    /// For what is made of a page, beside the page, in a batch.
    pub(super) fn spend(&self, bytes: u64) -> Result<()> {
        take(&self.batch, bytes)
    }

    /// A page, which counts until the last part of it is dropped; `beside` is what else is kept
    /// as long as it is.
    pub(super) fn hold(self: &Arc<Self>, mut page: Vec<u8>, beside: u64) -> Result<Bytes> {
        page.shrink_to_fit();
        let bytes = (page.len() as u64).saturating_add(beside);
        take(&self.held, bytes)?;
        Ok(Bytes::from_owner(Held { page, bytes, budget: self.clone() }))
    }
}

fn take(from: &AtomicU64, bytes: u64) -> Result<()> {
    let taken =
        from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
    taken.map(|_| ()).map_err(|_| failed("the rows are too large to be shown"))
}

struct Held {
    page: Vec<u8>,
    bytes: u64,
    budget: Arc<Budget>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.page
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.held.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_counts_until_its_last_part_is_dropped() {
        let budget = Arc::new(Budget::default());
        let part = budget.hold(vec![0; 1000], HELD - 2000).unwrap().slice(10..20);
        assert!(budget.hold(vec![0; 1001], 0).is_err());
        drop(part);
        assert!(budget.hold(vec![0; 1001], 0).is_ok());
    }

    #[test]
    fn a_batch_has_its_own() {
        let budget = Arc::new(Budget::default());
        budget.spend(BATCH).unwrap();
        assert!(budget.spend(1).is_err());
        budget.renew();
        assert!(budget.spend(1).is_ok());
    }
}
