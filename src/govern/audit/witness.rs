//! From the lake's acts to lines of the log.

use std::sync::Arc;

use crate::lake::witness::{Act, Outcome, Witness};
use crate::model::manifest::Anchor;

use super::{Log, Record};

impl From<&Act> for Record {
    fn from(act: &Act) -> Self {
        Self {
            time: act.time.to_string(),
            lake: act.lake.clone(),
            identity: act.identity.clone(),
            action: act.action.to_owned(),
            resource: act.resource.clone(),
            version_id: act.version_id.clone(),
            request_id: act.request_id.clone(),
            checksum: act.checksum.clone(),
            approval: act.approval.clone(),
            sql_sha256: act.sql_sha256.clone(),
            until: act.until.map(|at| at.to_string()),
            outcome: outcome(&act.outcome),
        }
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Failed(code) => format!("failed: {code}"),
        Outcome::Unknown => "unknown".to_owned(),
    }
}

impl Log {
    /// What a lake is opened with: every act becomes a line.
    pub fn witness(&self) -> Witness {
        let log = self.clone();
        Arc::new(move |act| log.note(act.into()))
    }

    /// For a manifest: waits until everything noted is on disk, then tells the head's hash.
    pub fn anchor(&self) -> Anchor {
        let log = self.clone();
        Arc::new(move || {
            let log = log.clone();
            Box::pin(async move {
                // A log that cannot be written is told at the end of the verb.
                log.settle().await.ok()?;
                log.head().ok().flatten().map(|head| head.hash)
            })
        })
    }
}
