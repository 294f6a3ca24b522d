//! What the view can be asked.

use crate::ui::command::commands;

commands! {
    /// All versions of an object, or what is deleted in a folder.
    pub enum VersionsCommand {
        Open = "open", "Look into the version; of a deleted object, see its versions.";
        Preview = "preview", "Look into the version.";
        Details = "details", "Show or hide encryption, checksum, metadata and tags of the version.";
        Mark = "mark", "Mark or unmark the deleted object.";
        MarkAll = "mark-all", "Mark all deleted objects, or none.";
        Download = "download", "Download the version; the file has the object's name.";
        Restore = "restore", "Copy the version over the object as it is now; asks first.";
        Undelete = "undelete", "Bring the object back by removing its delete marker; asks first.";
        Delete = "delete", "Delete the version for ever, or remove the delete marker; asks first.";
        Stop = "stop", "Stop bringing back: what is done stays done.";
        Failures = "failures", "Read what the last delete or undelete could not do, and why.";
        Link = "link", "Make a link that reads the version without credentials; asks first.";
        Copy = "copy", "Copy the version id, the URI or the ETag.";
        Refresh = "refresh", "List again.";
        Close = "close", "Back to where it was opened.";
    }
}
