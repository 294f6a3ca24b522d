//! What the tabs of the SQL bench hold, as it is kept between two starts.

use serde::{Deserialize, Serialize};

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
    pub text: String,
    /// What names without a database mean; `None` for the lake's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The query execution that was followed last and whose end nobody has seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
}
