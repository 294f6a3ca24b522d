//! SQL as text: colours, statements, the cursor's statement, candidates, whether it only reads.
//!
//! None of this is a parser. All of it stands on one [`lexer`], which knows comments, strings
//! and quoted names well enough never to take their inside for a keyword.

pub mod complete;
pub mod external;
pub mod functions;
pub mod layout;
pub mod lexer;
pub mod names;
pub mod parameters;
pub mod position;
pub mod prune;
pub mod reading;
pub mod sources;
pub mod statement;
pub mod tables;
pub mod verb;
pub mod words;

pub use lexer::{Kind, Token, tokens};
pub use statement::{Statement, at, split};
pub use verb::{Verb, destroys, is_query, only_reads, verb};
