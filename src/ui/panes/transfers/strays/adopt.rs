//! Going on with an upload that somebody else began: which file it is made of, and for the
//! target bucket under which approval.

use std::path::PathBuf;

use super::super::talk::{self, Slot};
use super::{Answer, Job, Strays};
use crate::model::shown::Shown;
use crate::ui::modal::{Ask, Prompt};
use crate::ui::talk::{Cx, Effect};

impl Strays {
    pub(super) fn ask_file(&self) -> Vec<Effect> {
        let Some(stray) = self.stray() else {
            return vec![Effect::warn("Put the cursor on an upload")];
        };
        let (to, upload_id) = (stray.to.clone(), stray.upload_id.clone());
        let title = Shown::of(&format!("Go on with the upload of {to}"));
        let label = "The file of this machine that it is made of";
        let answer = talk::Answer::Strays(Answer::File { to, upload_id });
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).local_path()))]
    }
}

pub(in super::super) fn answered(
    answer: Answer,
    text: &str,
    act: Slot,
    cx: &Cx<'_>,
) -> Vec<Effect> {
    let text = text.trim();
    let adopt = |job| vec![Effect::start(act, talk::Job::Strays(job))];
    match answer {
        Answer::File { .. } if text.is_empty() => Vec::new(),
        Answer::File { to, upload_id } => {
            let from = PathBuf::from(text);
            let settings = cx.facts.settings.as_ref();
            if settings.is_some_and(|settings| settings.wants_approval(&to.bucket)) {
                let title = Shown::of(&format!("Upload to {to}"));
                let label = "Data leaves by this bucket: the approval's reference";
                let answer = talk::Answer::Strays(Answer::Approval { from, to, upload_id });
                return vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer)))];
            }
            adopt(Job::Adopt { from, to, upload_id, approval: None })
        }
        Answer::Approval { .. } if text.is_empty() => {
            vec![Effect::warn("Nothing is sent without a reference")]
        }
        Answer::Approval { from, to, upload_id } => {
            let approval = Some(text.to_owned());
            adopt(Job::Adopt { from, to, upload_id, approval })
        }
    }
}
