//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// The queue of uploads and downloads.
    pub enum Command {
        Pause = "pause", "Pause the transfer, or let it go on.";
        Cancel = "cancel", "Cancel the transfer; asks first.";
        Retry = "retry", "Try a failed or cancelled transfer again.";
        Details = "details", "Show or hide where from, where to, parts, proof and error.";
        PauseAll = "pause-all", "Pause everything, or let everything go on.";
        RetryAll = "retry-all", "Try everything that failed again.";
        CancelAll = "cancel-all", "Cancel everything that is not finished; asks first.";
        Clear = "clear", "Take what is finished off the list.";
        Copy = "copy", "Copy the address in the lake, or the error.";
    }
}
