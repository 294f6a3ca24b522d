//! What the view can be asked.

use crate::ui::command::commands;

commands! {
    /// How much there is below a bucket or a folder.
    pub enum SizeCommand {
        Open = "open", "Go to the bucket or folder.";
        Stop = "stop", "Stop counting; what was counted stays.";
        Refresh = "refresh", "Count again.";
        Copy = "copy", "Copy the totals.";
        Close = "close", "Back to the list.";
    }
}
