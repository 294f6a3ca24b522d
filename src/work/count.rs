//! From what was chosen to the very objects it means, folders walked.

use super::Cx;
use super::there::Listing;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// All objects that the URIs name, and their bytes on top of those that are `known`.
pub(super) async fn objects(
    what: &[S3Uri],
    known: u64,
    cx: &Cx,
) -> Result<(Vec<S3Uri>, u64), Trouble> {
    let lake = cx.lake()?;
    let mut keys = Vec::new();
    let mut bytes = known;
    for uri in what {
        // A key that ends in a slash and was marked as a folder: everything below it, and
        // the object that stands for it, if there is one.
        if !uri.is_prefix() {
            keys.push(uri.clone());
            continue;
        }
        let mut below = Listing::below(&lake, uri.clone());
        while let Some(object) = below.object().await? {
            bytes += object.size;
            keys.push(S3Uri::new(&uri.bucket, object.key));
        }
    }
    Ok((keys, bytes))
}
