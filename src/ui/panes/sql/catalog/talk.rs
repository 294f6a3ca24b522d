//! What the tree asks for and hears, beside databases and tables.

use crate::model::catalog::{Grant, PartitionPage, Table};
use crate::ui::talk::Failure;

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// One page of a table's partitions, from the token of the page before.
    Partitions { database: String, table: String, next: Option<String> },
    /// Who may do what with a table.
    Grants { database: String, table: String, location: Option<String> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Some tables of a database; more are on their way.
    Tables {
        database: String,
        tables: Vec<Table>,
    },
    Partitions {
        database: String,
        table: String,
        page: Result<PartitionPage, Failure>,
    },
    Grants {
        database: String,
        table: String,
        result: Result<Access, Failure>,
    },
}

/// Who may do what with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Whether its location is registered with Lake Formation; `None` where that may not be asked.
    pub registered: Option<bool>,
    pub grants: Vec<Grant>,
}
