//! Saving a result into the analyst bucket under a name.

use super::Sql;
use super::talk::{Answer, Format, Job, Slot};
use crate::model::object::Role;
use crate::model::settings::{RoleBucket, Settings};
use crate::model::sql::{Kind, tokens};
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Prompt};
use crate::ui::talk::{Cx, Effect};

const NO_BUCKET: &str = "No bucket has the role analyst: name one in the configuration \
                         (buckets.analyst)";

impl Sql {
    pub(super) fn ask_save(&self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(run) = self.tab().run.as_ref().filter(|run| run.has_succeeded()) else {
            return vec![Effect::warn("There is no result to save yet")];
        };
        let Some(bucket) = analyst(cx.facts.settings.as_ref()) else {
            return vec![Effect::warn(NO_BUCKET)];
        };
        let title = format!("Save into s3://{}/{}", bucket.name, bucket.prefix);
        let label = "A name ending in .csv (a copy) or .parquet (UNLOAD runs it again)";
        let to = Answer::SaveAs { generation: run.generation };
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let name = format!("{}-{today}.csv", stem(&run.sql));
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, to).text(name)))]
    }

    pub(super) fn save_as(&mut self, generation: u32, name: &str, cx: &Cx<'_>) -> Vec<Effect> {
        let name = name.trim().trim_start_matches('/');
        if name.is_empty() {
            return Vec::new();
        }
        if self.tabs.of(generation).is_none() {
            return vec![Effect::warn("Another query has been run since: this result is gone")];
        }
        let Some(bucket) = analyst(cx.facts.settings.as_ref()) else {
            return vec![Effect::warn(NO_BUCKET)];
        };
        let (name, format) = match name.rsplit_once('.') {
            Some((_, "parquet")) => (name.to_owned(), Format::Parquet),
            Some((_, "csv")) => (name.to_owned(), Format::Csv),
            _ => (format!("{name}.csv"), Format::Csv),
        };
        let to = S3Uri::new(&bucket.name, format!("{}{name}", bucket.prefix));
        self.saving += 1;
        let slot = Slot::Save(self.act());
        vec![Effect::start(slot, Job::Save { generation, to, format })]
    }
}

fn analyst(settings: Option<&Settings>) -> Option<&RoleBucket> {
    settings?.role(Role::Analyst)
}

/// The first table that the statement reads from, else `result`.
pub(super) fn stem(sql: &str) -> String {
    let mut words = tokens(sql).filter(|token| !token.kind.is_blank()).peekable();
    while let Some(token) = words.next() {
        if !token.is(sql, "FROM") {
            continue;
        }
        let mut name = String::new();
        while let Some(token) = words
            .next_if(|token| matches!(token.kind, Kind::Word | Kind::Quoted) || token.is(sql, "."))
        {
            match token.is(sql, ".") {
                true => name.clear(),
                false if name.is_empty() => name = token.text(sql).to_owned(),
                false => break,
            }
        }
        let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
        let name: String = name.trim_matches(['"', '`']).chars().map(plain).collect();
        if !name.is_empty() {
            return name;
        }
    }
    "result".to_owned()
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_name_comes_from_the_first_table() {
        assert_eq!(stem("select * from genomics.\"info.af\" v where 1"), "info_af");
        assert_eq!(stem("SELECT a FROM (select b from t2) x"), "t2");
        assert_eq!(stem("select 1 from t v"), "t");
        assert_eq!(stem("show tables"), "result");
        assert_eq!(stem("select 1 from"), "result");
    }
}
