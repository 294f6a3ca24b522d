//! What the tree can be asked.

use crate::ui::command::commands;

commands! {
    /// Databases, tables, columns and partitions beside the editor.
    pub enum Command {
        Open = "open", "Open or close; of a table, column or partition: insert its name.";
        Close = "close", "Close what is open.";
        Select = "select", "SELECT … LIMIT in a tab of its own, of one partition where the cursor is on it.";
        ShowCreate = "show-create", "Run SHOW CREATE in a tab of its own.";
        Details = "details", "All that the catalog tells of it.";
        Access = "access", "Who may read the table: what Lake Formation grants.";
        Location = "location", "Go to where it lies, in Buckets.";
        Copy = "copy", "Copy its name, its columns or where it lies.";
        Filter = "filter", "Show the tables alone whose names fit.";
    }
}
