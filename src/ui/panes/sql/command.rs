//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// Athena SQL. While SQL is typed only the keys that type nothing count.
    pub enum Command {
        Run = "run", "Run the statement under the cursor.";
        Cancel = "cancel", "Stop the query that is running.";
        Save = "save", "Save the result into the analyst bucket under a name.";
        Edit = "edit", "To the editor.";
        Complete = "complete", "Complete the word before the cursor, or indent.";
        Database = "database", "Choose the database that names without one mean.";
        Catalog = "catalog", "Show or hide databases, tables and columns.";
        Queries = "queries", "Choose one of the queries saved in Athena.";
        History = "history", "Choose one of the statements run before.";
        Format = "format", "Lay out the statement under the cursor.";
        NewTab = "new-tab", "Another tab.";
        NextTab = "next-tab", "To the next tab.";
        PreviousTab = "previous-tab", "To the tab before.";
        CloseTab = "close-tab", "Close the tab; its text can be opened again.";
        ReopenTab = "reopen-tab", "Choose one of the tabs closed before.";
        Retry = "retry", "Read the catalog again.";
    }
}

commands! {
    /// The result of a query, and the catalog beside it.
    pub enum ResultCommand {
        Open = "open", "The whole cell; in the catalog: open, or insert the name.";
        Close = "close", "Close what is open in the catalog.";
        Copy = "copy", "Copy the cell, the row, or where the result lies.";
        FirstColumn = "first-column", "To the first column.";
        LastColumn = "last-column", "To the last column.";
    }
}
