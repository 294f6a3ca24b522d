//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// Athena SQL. While SQL is typed only the keys that type nothing count.
    pub enum Command {
        Run = "run", "Run what is selected, or the statement under the cursor.";
        RunAll = "run-all", "Run all statements in order, up to the first that fails.";
        Cancel = "cancel", "Stop the query that is running.";
        Save = "save", "Save the result into the analyst bucket under a name.";
        OpenSaved = "open-saved", "To what was saved last, in Buckets.";
        Register = "register", "Make a table of the catalog of what was saved last.";
        Edit = "edit", "To the editor.";
        Complete = "complete", "Complete the word before the cursor, or indent.";
        Database = "database", "Choose where it runs: database, workgroup, catalog; reuse of results.";
        Catalog = "catalog", "Show or hide databases, tables and columns.";
        Queries = "queries", "Choose one of the queries saved in Athena.";
        History = "history", "Choose one of the statements run before.";
        Format = "format", "Lay out the statement under the cursor.";
        Comment = "comment", "Make comments of the lines, or lines of the comments.";
        Find = "find", "Find a text in the editor.";
        FindNext = "find-next", "To where it is found next.";
        External = "external", "Edit the text in your own editor ($VISUAL, $EDITOR).";
        OpenFile = "open-file", "Open a file of this machine in a tab of its own.";
        SaveFile = "save-file", "Save the text as a file of this machine.";
        NewTab = "new-tab", "Another tab.";
        NextTab = "next-tab", "To the next tab.";
        PreviousTab = "previous-tab", "To the tab before.";
        CloseTab = "close-tab", "Close the tab; its text can be opened again.";
        ReopenTab = "reopen-tab", "Choose one of the tabs closed before.";
        Retry = "retry", "Read the catalog again.";
    }
}

commands! {
    /// A form over the pane: saving a result, values for `:name`.
    pub enum EntryCommand {
        Submit = "submit", "Do what the form says.";
        Next = "next", "To the next field.";
        Previous = "previous", "To the field before.";
        Turn = "turn", "Another of the formats, or of the kinds that a value can be.";
    }
}

commands! {
    /// The result of a query.
    pub enum ResultCommand {
        Open = "open", "The whole cell.";
        Copy = "copy", "Copy the cell, the row, or where the result lies.";
        FirstColumn = "first-column", "To the first column.";
        LastColumn = "last-column", "To the last column.";
        Jump = "jump", "Go to a row by its number.";
        Find = "find", "Find text in all cells, also in rows that are not on screen.";
        FindHere = "find-here", "Find text in the column under the cursor.";
        Next = "next", "To the next row that was found.";
        Previous = "previous", "To the row that was found before.";
        Sort = "sort", "Sort by the column: ascending, descending, as it came.";
        Mark = "mark", "Mark the row, or do so no more.";
        Profile = "profile", "What the column holds: different values, the most frequent, how they spread.";
        Chart = "chart", "Draw the column over another; again: bars, a line, dots.";
        Hide = "hide", "Hide the column.";
        ShowAll = "show-all", "Show all columns in the order of the result.";
        MoveLeft = "move-left", "Move the column to the left.";
        MoveRight = "move-right", "Move the column to the right.";
        Freeze = "freeze", "Keep the first column on screen, or let it scroll.";
        Export = "export", "Write all rows to a file of this machine: csv, json, parquet.";
    }
}
