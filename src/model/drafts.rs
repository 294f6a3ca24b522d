//! What the tabs of the SQL bench hold, as it is kept between two starts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::query::Terms;

/// The tabs of one lake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Drafts {
    pub tabs: Vec<Draft>,
    /// Which of them is in front.
    pub current: usize,
    /// Those closed last, the newest first: closing loses no text.
    pub closed: Vec<Draft>,
}

/// One tab.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Shared with the tab: what is kept at a keystroke costs nothing of the other tabs' size.
    #[serde(with = "shared")]
    pub text: Arc<str>,
    /// What names without a database mean; `None` for the lake's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    #[serde(flatten)]
    pub terms: Terms,
    /// The file of this machine that it was read from or written to, as it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The query execution that was followed last and whose end nobody has seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
}

mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_before_there_were_terms_is_read() {
        let old = r#"{"tabs":[{"text":"select 1","database":"d"}],"current":0,"closed":[]}"#;
        let drafts: Drafts = serde_json::from_str(old).unwrap();
        assert_eq!((&*drafts.tabs[0].text, &drafts.tabs[0].terms), ("select 1", &Terms::default()));
        let terms = Terms { workgroup: Some("w".into()), catalog: None, reuse: Some(60) };
        let new = Draft { text: "x".into(), terms, ..Draft::default() };
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(text, r#"{"text":"x","workgroup":"w","reuse":60}"#);
        assert_eq!(serde_json::from_str::<Draft>(&text).unwrap(), new);
    }
}
