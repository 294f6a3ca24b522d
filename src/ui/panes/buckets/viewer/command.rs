//! What the viewer can be asked.

use crate::ui::command::commands;

commands! {
    /// An object that is looked into.
    pub enum Command {
        Open = "open", "Open or fold what is folded; the whole cell; lines over the whole pane.";
        Close = "close", "Back to the list.";
        Enlarge = "enlarge", "Over the whole pane, or beside the list again.";
        Find = "find", "Find text in what has been read.";
        Next = "next", "To where it is found next.";
        Previous = "previous", "To where it was found before.";
        Wrap = "wrap", "Break long lines, or scroll sideways.";
        Bytes = "bytes", "Show the bytes of the object, or what they mean.";
        Copy = "copy", "Copy the cell, the row or the line.";
        Query = "query", "Write the SQL that queries the object's folder.";
        Download = "download", "Download the object.";
        FirstColumn = "first-column", "To the first column.";
        LastColumn = "last-column", "To the last column.";
        Retry = "retry", "Open it again.";
    }
}
