//! Asking: every question of every bucket at once, each finding told as it comes.

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::judge::{self, Keys, Registered};
use super::{left, logs};
use crate::lake::Lake;
use crate::model::bucket::{DefaultEncryption, Registration};
use crate::model::kms;
use crate::model::object::Role;
use crate::model::posture::Finding;
use crate::model::settings::Settings;
use crate::model::trouble::Trouble;

/// Questions under way at a time.
const AT_ONCE: usize = 48;

/// A bucket that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub bucket: String,
    pub role: Option<Role>,
    /// The configured key.
    pub kms_key: Option<String>,
}

/// The buckets that have a role, by role, and behind them others that were chosen.
pub fn subjects(settings: &Settings, chosen: &[String]) -> Vec<Subject> {
    let mut configured: Vec<_> = settings.buckets.iter().collect();
    configured.sort_by_key(|bucket| bucket.role);
    let with_role = configured.into_iter().map(|bucket| Subject {
        bucket: bucket.name.clone(),
        role: Some(bucket.role),
        kms_key: bucket.kms_key.clone(),
    });
    let without =
        chosen.iter().map(|name| Subject { bucket: name.clone(), role: None, kms_key: None });
    let mut seen = HashSet::new();
    with_role.chain(without).filter(|subject| seen.insert(subject.bucket.clone())).collect()
}

/// What every question may need.
#[derive(Clone)]
struct Cx {
    lake: Lake,
    subject: Subject,
    /// The uploads that transfers of this machine are about.
    live: Arc<HashSet<String>>,
    /// Asked for once, whatever the number of buckets.
    registrations: Arc<OnceCell<Result<Vec<Registration>, Trouble>>>,
    now: Timestamp,
}

/// The findings of these buckets, as they come: the place of the bucket in `subjects` with
/// each. Every bucket has one finding a [`Check`](crate::model::posture::Check). Dropping the
/// stream stops the asking.
pub fn examine(
    lake: &Lake,
    subjects: &[Subject],
    live: HashSet<String>,
) -> impl Stream<Item = (usize, Finding)> + Send + use<> {
    let (live, registrations) = (Arc::new(live), Arc::default());
    let now = Timestamp::now();
    let questions = FuturesUnordered::new();
    let turn = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    for (at, subject) in subjects.iter().enumerate() {
        let cx = Cx {
            lake: lake.clone(),
            subject: subject.clone(),
            live: Arc::clone(&live),
            registrations: Arc::clone(&registrations),
            now,
        };
        for question in questions_of(&cx) {
            let turn = turn.clone();
            questions.push(async move {
                let _turn = turn.acquire().await;
                (at, question.await)
            });
        }
    }
    questions.flat_map(|(at, findings)| {
        futures::stream::iter(findings.into_iter().map(move |finding| (at, finding)))
    })
}

fn questions_of(cx: &Cx) -> [BoxFuture<'static, Vec<Finding>>; 8] {
    let cx = || cx.clone();
    [
        encryption(cx()).boxed(),
        public_access(cx()).boxed(),
        versioning(cx()).boxed(),
        policy(cx()).boxed(),
        access_logs(cx()).boxed(),
        abort_rule(cx()).boxed(),
        strays(cx()).boxed(),
        registration(cx()).boxed(),
    ]
}

/// One answer, three findings.
async fn encryption(cx: Cx) -> Vec<Finding> {
    let asked = cx.lake.default_encryption(&cx.subject.bucket).await;
    let configured = cx.subject.kms_key.as_deref();
    let keys = match (&asked, configured) {
        (Ok(Some(DefaultEncryption { kms_key: Some(set), .. })), Some(wanted))
            if !kms::are_same(set, wanted) =>
        {
            Some(keys(&cx, wanted, set).await)
        }
        _ => None,
    };
    vec![
        judge::encryption(&asked),
        judge::key(&asked, configured, keys.as_ref()),
        judge::bucket_key(&asked),
    ]
}

async fn keys(cx: &Cx, wanted: &str, set: &str) -> Result<Keys, Trouble> {
    let bucket = &cx.subject.bucket;
    let (wanted, set) =
        futures::try_join!(cx.lake.key_arn(bucket, wanted), cx.lake.key_arn(bucket, set))?;
    Ok(Keys { wanted, set })
}

async fn public_access(cx: Cx) -> Vec<Finding> {
    vec![judge::public_access(&cx.lake.public_block(&cx.subject.bucket).await)]
}

async fn versioning(cx: Cx) -> Vec<Finding> {
    vec![judge::versioning(&cx.lake.versioning(&cx.subject.bucket).await)]
}

async fn policy(cx: Cx) -> Vec<Finding> {
    let bucket = &cx.subject.bucket;
    judge::policy(&cx.lake.bucket_policy(bucket).await, bucket).into()
}

async fn access_logs(cx: Cx) -> Vec<Finding> {
    let bucket = &cx.subject.bucket;
    let asked = cx.lake.logging(bucket).await;
    let newest = match &asked {
        Ok(Some(to)) => Some(logs::newest(&cx.lake, bucket, to, cx.now).await),
        _ => None,
    };
    vec![judge::access_logs(&asked, newest.as_ref(), cx.now)]
}

async fn abort_rule(cx: Cx) -> Vec<Finding> {
    vec![judge::abort_rule(&cx.lake.lifecycle(&cx.subject.bucket).await)]
}

async fn strays(cx: Cx) -> Vec<Finding> {
    let left = left::count(&cx.lake, &cx.subject.bucket, &cx.live, cx.now).await;
    vec![judge::strays(&left, cx.now)]
}

async fn registration(cx: Cx) -> Vec<Finding> {
    let asked = registered(&cx).await;
    vec![judge::registration(&asked, cx.subject.role, &cx.subject.bucket)]
}

/// The list says what there is; of the bucket itself the newest word is asked for. Who may not
/// list may still look the bucket up.
async fn registered(cx: &Cx) -> Result<Registered, Trouble> {
    let (lake, bucket) = (&cx.lake, &cx.subject.bucket);
    let listed = cx.registrations.get_or_init(|| lake.registrations()).await;
    let mut found: Vec<Registration> = match listed {
        Ok(all) => all.iter().filter(|one| one.within(bucket).is_some()).cloned().collect(),
        Err(denied) => {
            let arn = format!("arn:aws:s3:::{bucket}");
            let looked_up = lake.registration(&arn).await.map_err(|_| denied.clone())?;
            return Ok(Registered { found: looked_up.into_iter().collect(), all: false });
        }
    };
    if let Some(at) = found.iter().position(|one| one.within(bucket) == Some("")) {
        match lake.registration(&found[at].arn).await {
            Ok(Some(newer)) => found[at] = newer,
            Ok(None) => drop(found.remove(at)),
            // The list has told as much.
            Err(_) => {}
        }
    }
    Ok(Registered { found, all: true })
}
