//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// Buckets, folders and objects.
    pub enum Command {
        Open = "open", "Open the bucket or folder; preview the object.";
        Up = "up", "To the folder above.";
        GoTo = "go-to", "To a folder, or to what begins as typed: only that is listed.";
        Upload = "upload", "Upload a file or a folder of this machine to here.";
        Download = "download", "Download what is marked, or what is under the cursor.";
        Preview = "preview", "Show the beginning of the object.";
        Details = "details", "Show or hide encryption, checksum, metadata and tags.";
        Filter = "filter", "Keep only the rows that match what is typed.";
        Mark = "mark", "Mark or unmark the row.";
        MarkAll = "mark-all", "Mark all rows, or none.";
        Sort = "sort", "Sort by name, then size, then time.";
        Reverse = "reverse", "Turn the order round.";
        CopyTo = "copy-to", "Copy objects and folders to another place.";
        MoveTo = "move-to", "Move objects and folders; asks first.";
        Copy = "copy", "Copy the URI, the key or the ARN; or the objects.";
        Delete = "delete", "Delete what is marked, or what is under the cursor; asks first.";
        Refresh = "refresh", "List again.";
        Retry = "retry", "Try again what failed.";
    }
}
