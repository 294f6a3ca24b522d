//! How much of what would be written is there already: counted while it is listed, so that
//! millions of keys are never held.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use futures::StreamExt;

use super::blocking;
use crate::lake::Lake;
use crate::model::object::{Entry, Object};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::transfer::Copy;

/// Keys a page, as many as S3 gives.
const PAGE: u32 = 1000;

/// Up to this many objects are looked for one by one; more are found by listing their folder.
pub(super) const FEW: usize = 32;

/// Objects that are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct There {
    pub count: u64,
    /// The key of the first that was seen.
    pub example: Option<String>,
}

impl There {
    fn add(&mut self, key: String) {
        self.count += 1;
        self.example.get_or_insert(key);
    }
}

/// Looks for each of these keys.
pub(super) async fn one_by_one(
    lake: &Lake,
    bucket: &str,
    keys: impl IntoIterator<Item = String>,
) -> Result<There, Trouble> {
    let looks = keys.into_iter().map(|key| {
        let uri = S3Uri::new(bucket, key);
        async move { lake.find(&uri).await.map(|head| head.map(|_| uri.key)) }
    });
    let mut looks = futures::stream::iter(looks).buffered(8);
    let mut there = There::default();
    while let Some(found) = looks.next().await {
        if let Some(key) = found? {
            there.add(key);
        }
    }
    Ok(there)
}

/// Which objects in the folder `to` have the name of a file below `root`; ends when there are
/// as many as there are files.
pub(super) async fn of_files(
    lake: &Lake,
    root: &Path,
    files: u64,
    to: &S3Uri,
) -> Result<There, Trouble> {
    let mut there = There::default();
    let mut listing = Listing::below(lake, to.clone());
    while there.count < files
        && let Some(objects) = listing.page().await?
    {
        let (root, cut) = (root.to_owned(), to.key.len());
        let same = blocking(move || {
            let is_file = |object: &Object| {
                file_of(&root, &object.key[cut..]).is_some_and(|path| path.is_file())
            };
            objects.into_iter().filter(is_file).collect::<Vec<_>>()
        });
        same.await.into_iter().for_each(|object| there.add(object.key));
    }
    Ok(there)
}

/// The file that would get this name; `None` where none would: `a//b` and `a/./b` are other
/// keys than `a/b`.
fn file_of(root: &Path, name: &str) -> Option<PathBuf> {
    let plain = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    plain.then(|| root.join(name))
}

/// Which of these keys, all in `folder`, are there.
pub(super) async fn among(
    lake: &Lake,
    folder: &S3Uri,
    keys: Vec<String>,
) -> Result<There, Trouble> {
    if keys.len() <= FEW {
        return one_by_one(lake, &folder.bucket, keys).await;
    }
    let wanted: HashSet<String> = keys.into_iter().collect();
    let mut there = There::default();
    let mut listing = Listing::below(lake, folder.clone());
    while let Some(object) = listing.object().await? {
        if wanted.contains(&object.key) {
            there.add(object.key);
        }
    }
    Ok(there)
}

/// What is copied, and what of it is there already.
#[derive(Debug, Default)]
pub(super) struct Copied {
    pub objects: u64,
    pub bytes: u64,
    pub there: There,
}

impl Copied {
    pub fn add(&mut self, more: Self) {
        self.objects += more.objects;
        self.bytes += more.bytes;
        self.there.count += more.there.count;
        self.there.example = self.there.example.take().or(more.there.example);
    }
}

/// Lists both sides beside one another. Both ascend, as S3's listings do; where a store's do
/// not, fewer are found to be there, and nothing that was not is replaced.
pub(super) async fn of_folder(lake: &Lake, plan: &Copy, from: &S3Uri) -> Result<Copied, Trouble> {
    let mut copied = Copied::default();
    let below = plan.to_of_found(from, from).unwrap_or_else(|_| plan.folder());
    let mut listing = Listing::below(lake, below);
    let mut next = listing.object().await?;
    let mut source = Listing::below(lake, from.clone());
    while let Some(object) = source.object().await? {
        copied.objects += 1;
        copied.bytes += object.size;
        let to = plan.to_of_found(from, &S3Uri::new(&from.bucket, object.key))?;
        while next.as_ref().is_some_and(|there| there.key < to.key) {
            next = listing.object().await?;
        }
        if next.as_ref().is_some_and(|there| there.key == to.key) {
            copied.there.add(to.key);
        }
    }
    Ok(copied)
}

/// The objects below a prefix, in the store's order.
pub(super) struct Listing<'a> {
    lake: &'a Lake,
    prefix: S3Uri,
    token: Option<String>,
    over: bool,
    rest: std::vec::IntoIter<Object>,
}

impl<'a> Listing<'a> {
    pub fn below(lake: &'a Lake, prefix: S3Uri) -> Self {
        Self { lake, prefix, token: None, over: false, rest: Vec::new().into_iter() }
    }

    async fn page(&mut self) -> Result<Option<Vec<Object>>, Trouble> {
        if self.over {
            return Ok(None);
        }
        let page = self.lake.page(&self.prefix, false, self.token.as_deref(), PAGE).await?;
        self.over = page.next.is_none();
        self.token = page.next;
        let object = |entry| match entry {
            Entry::Object(object) => Some(object),
            Entry::Prefix(_) => None,
        };
        Ok(Some(page.entries.into_iter().filter_map(object).collect()))
    }

    pub async fn object(&mut self) -> Result<Option<Object>, Trouble> {
        loop {
            if let Some(object) = self.rest.next() {
                return Ok(Some(object));
            }
            match self.page().await? {
                Some(page) => self.rest = page.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_that_of_a_file_where_its_path_says_the_same() {
        let of = |name| file_of(Path::new("/d"), name);
        assert_eq!(of("a/b.txt"), Some(PathBuf::from("/d/a/b.txt")));
        for name in ["", "a//b", "a/./b", "../x", "/etc/passwd", "a/"] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
