//! The safety catch on every mutating call: mode, account, and a line for the audit log.
//!
//! IAM is the boundary; this keeps a slip of the hand from reaching it.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;

use super::Lake;
use super::ask::Ask;
use super::witness::{Act, Outcome, code};
use crate::model::mode::Mode;
use crate::model::sql;
use crate::model::trouble::{Kind, Trouble};

/// How long a first write waits to learn whose name the audit line should bear, where no
/// `account_id` makes the answer a condition.
const NAME_WAIT: Duration = Duration::from_secs(2);

/// The right to make one mutating call, and the duty to say how it ended.
///
/// Dropped without a word it is witnessed as [`Outcome::Unknown`]: a cancelled request may
/// have reached the service.
#[must_use = "a permit is witnessed when it ends: call done or failed"]
pub struct Permit {
    lake: Lake,
    act: Option<Act>,
}

/// What the service answered of a write that it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    pub version_id: Option<String>,
    pub request_id: Option<String>,
    /// `CRC64NVME:…`
    pub checksum: Option<String>,
    /// When what was opened is closed again.
    pub until: Option<Timestamp>,
}

impl Permit {
    /// The service said yes.
    pub fn done(mut self, receipt: Receipt) {
        if let Some(act) = &mut self.act {
            act.version_id = receipt.version_id;
            act.request_id = receipt.request_id;
            act.checksum = receipt.checksum;
            act.until = receipt.until;
        }
        self.end(Outcome::Done);
    }

    /// The service said no; gives the trouble back, to be passed on with `?`.
    pub fn failed(mut self, trouble: Trouble) -> Trouble {
        if let Some(act) = &mut self.act {
            act.request_id.clone_from(&trouble.request_id);
        }
        self.end(Outcome::Failed(code(&trouble)));
        trouble
    }

    /// [`Self::done`] or [`Self::failed`], by the result.
    pub fn settle<T>(
        self,
        result: Result<T, Trouble>,
        receipt: impl FnOnce(&T) -> Receipt,
    ) -> Result<T, Trouble> {
        match result {
            Ok(answer) => {
                self.done(receipt(&answer));
                Ok(answer)
            }
            Err(trouble) => Err(self.failed(trouble)),
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(mut act) = self.act.take() {
            act.time = Timestamp::now();
            act.outcome = outcome;
            (self.lake.0.witness)(&act);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(Outcome::Unknown);
    }
}

impl Lake {
    /// Leave to change data.
    ///
    /// # Errors
    /// [`Kind::Refused`] in read-only mode, and where the account is not the configured one
    /// or cannot be learnt. A refusal is witnessed too.
    pub async fn permit(&self, ask: &Ask) -> Result<Permit, Trouble> {
        self.permit_from(ask, Mode::Curate).await
    }

    /// Refuses a step of a write that was permitted as a whole, in read-only mode; leaves no
    /// audit line of its own.
    pub(in crate::lake) fn may_write(&self, ask: &Ask) -> Result<(), Trouble> {
        enough(self.settings().mode, Mode::Curate, ask)
    }

    /// Leave to change what `mode` allows.
    pub(crate) async fn permit_from(&self, ask: &Ask, mode: Mode) -> Result<Permit, Trouble> {
        let refusal = match enough(self.settings().mode, mode, ask) {
            Ok(()) => self.account_agrees(ask).await,
            Err(refusal) => Err(refusal),
        };
        self.witnessed(ask, refusal)
    }

    /// Leave to open an object to whoever has a link. It changes nothing, so that every mode
    /// permits it; where nothing may leave the lake it is refused.
    pub(crate) async fn permit_link(&self, ask: &Ask) -> Result<Permit, Trouble> {
        let refusal = match self.settings().downloads {
            true => self.account_agrees(ask).await,
            false => Err(refused(ask, "nothing may leave this lake, by a link either")
                .hint(format!("downloads = false in [lakes.{}]", self.settings().name))),
        };
        self.witnessed(ask, refusal)
    }

    /// Leave to start this statement: in read-only mode only what the lexer knows to read.
    pub(crate) async fn permit_query(&self, ask: &Ask, text: &str) -> Result<Permit, Trouble> {
        let refusal = match readable(self.settings().mode, text, ask) {
            Ok(()) => self.account_agrees(ask).await,
            Err(refusal) => Err(refusal),
        };
        self.witnessed(ask, refusal)
    }

    fn witnessed(&self, ask: &Ask, verdict: Result<(), Trouble>) -> Result<Permit, Trouble> {
        let act = Act {
            time: Timestamp::now(),
            lake: self.settings().name.clone(),
            identity: self.known_identity().map(|identity| identity.arn),
            action: ask.action,
            resource: ask.resource.clone(),
            version_id: None,
            request_id: None,
            checksum: None,
            approval: ask.approval.clone(),
            sql_sha256: ask.sql_sha256.clone(),
            until: None,
            outcome: Outcome::Unknown,
        };
        let mut permit = Permit { lake: self.clone(), act: Some(act) };
        match verdict {
            Ok(()) => Ok(permit),
            Err(refusal) => {
                permit.end(Outcome::Refused(refusal.why.clone()));
                Err(refusal)
            }
        }
    }

    /// Returns when the caller is known, or has been looked for. Writes that begin while the
    /// first one looks wait with it.
    async fn first_look(&self) {
        if self.known_identity().is_some() {
            return;
        }
        let looked = self.0.looked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let look = async {
            // What keeps STS from answering is told where it matters.
            let _ = tokio::time::timeout(NAME_WAIT, self.identity()).await;
        };
        looked.get_or_init(|| look).await;
    }

    /// Compares the account we are in with the configured one. Without a configured one it
    /// only gives STS a moment, once for all writes that begin then, so that the audit line can
    /// name somebody.
    async fn account_agrees(&self, ask: &Ask) -> Result<(), Trouble> {
        let Some(wanted) = &self.settings().account_id else {
            self.first_look().await;
            return Ok(());
        };
        match self.identity().await {
            Ok(identity) if identity.account == *wanted => Ok(()),
            Ok(identity) => Err(refused(
                ask,
                format!(
                    "these credentials are of account {}, the lake is in {wanted}",
                    identity.account
                ),
            )
            .hint(format!("check profile and account_id in [lakes.{}]", self.settings().name))),
            Err(trouble) => {
                let why =
                    format!("the account could not be verified to be {wanted}: {}", trouble.why);
                Err(Trouble::new(unverified(trouble.kind), &ask.what, why).maybe_hint(trouble.hint))
            }
        }
    }
}

/// What may pass by itself is told from a refusal, so that a queue waits for it.
fn unverified(why: Kind) -> Kind {
    match why {
        Kind::Expired | Kind::NoCredentials | Kind::Unreachable => why,
        _ => Kind::Refused,
    }
}

fn refused(ask: &Ask, why: impl Into<String>) -> Trouble {
    Trouble::new(Kind::Refused, &ask.what, why)
}

fn enough(have: Mode, need: Mode, ask: &Ask) -> Result<(), Trouble> {
    if have >= need {
        return Ok(());
    }
    let hint = match need {
        Mode::Admin => "start with --mode admin",
        _ => "start with --mode curate",
    };
    Err(refused(ask, format!("the lake is in {have} mode")).hint(hint))
}

fn readable(mode: Mode, text: &str, ask: &Ask) -> Result<(), Trouble> {
    if mode > Mode::ReadOnly || sql::only_reads(text) {
        return Ok(());
    }
    let verb = sql::verb(text);
    let why = match verb.name() {
        "" => "read-only mode runs one statement that is known to read, and this is none".into(),
        name => format!("the lake is in read-only mode, and {name} may write"),
    };
    Err(refused(ask, why).hint("start with --mode curate"))
}
