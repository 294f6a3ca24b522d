//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// The queue of uploads and downloads. What is marked is meant, else what the cursor is on.
    pub enum Command {
        Mark = "mark", "Mark or unmark the transfer.";
        MarkAll = "mark-all", "Mark all transfers that are shown, or none.";
        Pause = "pause", "Pause the transfers, or let them go on.";
        Cancel = "cancel", "Cancel the transfers; asks first.";
        Retry = "retry", "Try failed or cancelled transfers again.";
        First = "first", "To the front of what waits: started next.";
        Limit = "limit", "Set or lift the rate limit of the whole queue.";
        Filter = "filter", "Keep only the rows whose name, destination or state match what is typed.";
        Details = "details", "Show or hide where from, where to, parts, proof and error.";
        PauseAll = "pause-all", "Pause everything, or let everything go on.";
        RetryAll = "retry-all", "Try everything that failed again.";
        CancelAll = "cancel-all", "Cancel everything that is not finished; asks first.";
        Strays = "strays", "Find uploads that were begun and left, in all buckets.";
        Batches = "batches", "See what waits to be gone on with, and what other processes work on.";
        Clear = "clear", "Take what is finished off the list.";
        Copy = "copy", "Copy the address in the lake, the checksum or the error.";
    }
}

commands! {
    /// Uploads that were begun and left. What is marked is meant, else what the cursor is on.
    pub enum StraysCommand {
        Mark = "mark", "Mark or unmark the upload.";
        MarkAll = "mark-all", "Mark all uploads, or none.";
        Adopt = "adopt", "Go on with the upload from a file of this machine.";
        Abort = "abort", "Throw away what the store has of the uploads; asks first.";
        Details = "details", "Show or hide who began it, when, and what it holds.";
        Refresh = "refresh", "Look again.";
        Copy = "copy", "Copy the address or the upload id.";
        Close = "close", "Back to the queue.";
    }
}

commands! {
    /// Batches of this lake that this workbench does not work on.
    pub enum BatchesCommand {
        Resume = "resume", "Go on with the batch here; takes it over where its process has lost its terminal.";
        Cancel = "cancel", "End the batch and throw away what has arrived of its unfinished files; asks first.";
        Details = "details", "Show or hide where from, where to, how far, and who works on it.";
        Copy = "copy", "Copy the addresses, or the command that resumes it.";
        Close = "close", "Back to the queue.";
    }
}
