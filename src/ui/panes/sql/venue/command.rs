//! What the dialog understands beside text.

use crate::ui::command::commands;

commands! {
    /// Where statements of this tab run. What is typed keeps the rows that fit.
    pub enum VenueCommand {
        Choose = "choose", "Take what the cursor is on.";
        Next = "next", "To the next: database, workgroup, catalog, reuse of results.";
        Previous = "previous", "To the one before.";
        Down = "down", "One row down.";
        Up = "up", "One row up.";
        PageDown = "page-down", "One screen down.";
        PageUp = "page-up", "One screen up.";
    }
}
