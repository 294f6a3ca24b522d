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
        Preview = "preview", "Look into the object.";
        Query = "query", "Write the SQL that queries the object's folder, or the folder.";
        Details = "details", "Show or hide encryption, checksum, metadata and tags.";
        Size = "size", "Count what lies below: objects, bytes, classes, largest folders.";
        Filter = "filter", "Keep only the rows that match what is typed.";
        Mark = "mark", "Mark or unmark the row.";
        MarkAll = "mark-all", "Mark all rows, or none.";
        Sort = "sort", "Sort by name, then size, then time.";
        Reverse = "reverse", "Turn the order round.";
        CopyTo = "copy-to", "Copy objects and folders to another place.";
        MoveTo = "move-to", "Move objects and folders; asks first.";
        Copy = "copy", "Copy the URI, the key or the ARN; or the objects.";
        Delete = "delete", "Delete what is marked, or what is under the cursor; asks first.";
        Rename = "rename", "Give the object or the folder another name.";
        NewFolder = "new-folder", "Make a folder here.";
        Tags = "tags", "Show and change the tags; one tag of everything that is marked.";
        Storage = "storage", "Change the storage class, or restore what is archived; asks first.";
        Link = "link", "Make a link that reads the object without credentials; asks first.";
        Compare = "compare", "Compare the object with a file of this machine.";
        Places = "places", "Go to a bookmark or a recent place.";
        Bookmark = "bookmark", "Bookmark the place that is open, or do so no more.";
        Posture = "posture", "See how the lake's buckets, and the chosen ones, stand against the reference.";
        Versions = "versions", "See all versions of the object, or what is deleted in the folder.";
        Undelete = "undelete", "Bring back what was deleted in the folder, as of a time; asks first.";
        Stop = "stop", "Stop deleting or bringing back: what is done stays done.";
        Failures = "failures", "Read what the last delete or undelete could not do, and why.";
        Refresh = "refresh", "List again.";
        Retry = "retry", "Try again what failed.";
    }
}
