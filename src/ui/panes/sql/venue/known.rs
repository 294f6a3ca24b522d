//! Workgroups, catalogs and databases as far as they are known: what is there is shown while
//! it is read anew.

use std::collections::BTreeMap;

use super::talk::{Group, News, Page, Which};
use crate::model::query::Entry;
use crate::ui::loaded::Loaded;
use crate::ui::talk::Failure;

/// A list that comes page by page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// The whole of it, as it was read last.
    whole: Loaded<Vec<Entry>>,
    /// What has arrived of it anew.
    coming: Vec<Entry>,
}

impl List {
    fn wait(&mut self) {
        self.coming.clear();
        self.whole.renew();
    }

    fn hear(&mut self, page: Result<Page, Failure>) {
        match page {
            Ok(page) => {
                if page.first {
                    self.coming.clear();
                }
                self.coming.extend(page.entries);
                if page.last {
                    self.whole = Loaded::Here(std::mem::take(&mut self.coming));
                }
            }
            // What is known stays until it can be read again.
            Err(_) if self.whole.here().is_some() => self.coming.clear(),
            Err(failure) => self.whole = Loaded::Failed(failure),
        }
    }

    /// What there is to choose from.
    pub fn entries(&self) -> &[Entry] {
        self.whole.here().unwrap_or(&self.coming)
    }

    pub fn state(&self) -> &Loaded<Vec<Entry>> {
        &self.whole
    }
}

/// Everything that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Venues {
    lists: BTreeMap<Which, List>,
    groups: BTreeMap<String, Result<Group, Failure>>,
}

impl Venues {
    pub fn list(&self, which: &Which) -> Option<&List> {
        self.lists.get(which)
    }

    pub fn wait(&mut self, which: &Which) {
        self.lists.entry(which.clone()).or_default().wait();
    }

    pub fn group(&self, name: &str) -> Option<&Result<Group, Failure>> {
        self.groups.get(name)
    }

    /// Bytes past which a query in this workgroup is stopped.
    pub fn limit(&self, workgroup: &str) -> Option<u64> {
        self.group(workgroup)?.as_ref().ok()?.workgroup.scan_limit
    }

    pub fn is_disabled(&self, workgroup: &str) -> bool {
        matches!(self.group(workgroup), Some(Ok(group)) if !group.workgroup.enabled)
    }

    pub fn hear(&mut self, news: News) {
        match news {
            News::Page { which, page } => self.lists.entry(which).or_default().hear(page),
            News::Group { name, result } => {
                self.groups.insert(name, result);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(names: &[&str], first: bool, last: bool) -> Result<Page, Failure> {
        let entry = |name: &&str| Entry { name: (*name).into(), about: None, enabled: true };
        Ok(Page { entries: names.iter().map(entry).collect(), first, last })
    }

    fn names(list: &List) -> Vec<&str> {
        list.entries().iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn pages_add_up_and_what_is_known_stays_until_the_new_list_is_whole() {
        let mut list = List::default();
        list.wait();
        list.hear(page(&["a"], true, false));
        assert_eq!(names(&list), ["a"]);
        list.hear(page(&["b"], false, true));
        assert_eq!(names(&list), ["a", "b"]);
        list.wait();
        list.hear(page(&["c"], true, false));
        assert_eq!(names(&list), ["a", "b"], "not yet whole");
        list.hear(page(&[], false, true));
        assert_eq!(names(&list), ["c"]);
    }
}
