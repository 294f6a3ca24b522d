//! What the view can be asked.

use crate::ui::command::commands;

commands! {
    /// How buckets stand against the reference.
    pub enum Command {
        Details = "details", "Show or hide the whole finding, and what to do about it.";
        Register = "register", "Register the bucket with Lake Formation; asks first.";
        Deregister = "deregister", "Take a location of the bucket from Lake Formation; asks first.";
        Refresh = "refresh", "Ask again.";
        Copy = "copy", "Copy the finding, or the bucket's name.";
        Close = "close", "Back to the buckets.";
    }
}
