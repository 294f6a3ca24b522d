//! Storage classes, and bringing archived objects back.

use super::super::talk as pane;
use super::Buckets;
use super::talk::{Answer, Chosen, News, Then};
use crate::model::shown::Shown;
use crate::model::storage::{Class, Tier};
use crate::ui::modal::{Ask, Choice, Prompt};
use crate::ui::talk::Effect;
use crate::ui::widgets::text;

/// What a dialog says: its title, its button, its lines.
pub type Question = (&'static str, &'static str, Vec<Shown>);

/// S3 takes no longer restores than an object can be kept: a century will do.
const LONGEST_DAYS: u32 = 36_500;

impl Buckets {
    /// Another class, or a restore.
    pub(super) fn ask_class(&self) -> Vec<Effect> {
        let chosen = match self.chosen_things("put into another storage class") {
            Ok(chosen) => chosen,
            Err(effects) => return effects,
        };
        let title = match self.chosen()[..] {
            [row] if row.class.is_some() => format!("Storage of {}: {}", row.name(), row.storage()),
            [row] => format!("Storage of {}", row.name()),
            _ => format!("Storage of {}", text::plural(chosen.what.len() as u64, "item")),
        };
        let classes = Class::ALL.into_iter().map(|class| {
            let picked = News::Picked { chosen: chosen.clone(), then: Then::Class(class) };
            let row = format!("{}: {}", class.name(), class.note());
            (row.into(), vec![Effect::hear(pane::News::Acts(picked))])
        });
        let tiers = [Tier::Standard, Tier::Bulk, Tier::Expedited].into_iter().map(|tier| {
            let title = format!("Restore, {}", tier.name());
            let label = "For how many days the copy is kept";
            let answer = pane::Answer::Acts(Answer::Days { chosen: chosen.clone(), tier });
            let ask = Ask::Prompt(Prompt::new(title, label, answer).text("7"));
            let row = format!("Restore, {}: {}", tier.name(), tier.note());
            (row.into(), vec![Effect::Ask(ask)])
        });
        let rows: Vec<(Shown, Vec<Effect>)> = classes.chain(tiers).collect();
        vec![Effect::Ask(Ask::Choice(Choice::new(title, rows)))]
    }

    pub(super) fn restore_for(&mut self, chosen: Chosen, tier: Tier, days: &str) -> Vec<Effect> {
        match days.trim() {
            "" => Vec::new(),
            text => match text.parse() {
                Ok(days @ 1..=LONGEST_DAYS) => self.count(chosen, Then::Restore { days, tier }),
                _ => vec![Effect::warn(format!("{text:?} is no number of days"))],
            },
        }
    }
}

pub fn question(class: Class, objects: &str) -> Question {
    let mut body: Vec<Shown> = vec![
        Shown::of(objects),
        format!("into {}: {}", class.name(), class.note()).into(),
        "Each is copied onto itself. Where the bucket has versions that makes a new one, and the \
         old one stays and costs as before."
            .into(),
    ];
    if let Some(days) = class.least_days() {
        let cost = format!("Whatever leaves {} sooner is charged for {days} days.", class.name());
        body.push(cost.into());
    }
    ("Change the storage class?", "Change", body)
}

pub fn restore_question(days: u32, tier: Tier, objects: &str) -> Question {
    let body = vec![
        Shown::of(objects),
        format!("{}: {}", tier.name(), tier.note()).into(),
        format!(
            "A copy to be read for {}. Retrieval and copy are billed.",
            text::plural(days.into(), "day")
        )
        .into(),
    ];
    ("Restore?", "Restore", body)
}
