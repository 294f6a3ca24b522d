//! What the tags form and the list of places can be asked.

use crate::ui::command::commands;

commands! {
    /// The tags of an object, while they are being edited.
    pub enum TagsCommand {
        Submit = "submit", "Write the tags.";
        Next = "next", "To the next field.";
        Previous = "previous", "To the field before.";
        Down = "down", "To the next tag.";
        Up = "up", "To the tag above.";
        Remove = "remove", "Take the tag away.";
    }
}

commands! {
    /// Bookmarks and recent places.
    pub enum PlacesCommand {
        Jump = "jump", "Go to the place.";
        Down = "down", "One row down.";
        Up = "up", "One row up.";
        PageDown = "page-down", "One screen down.";
        PageUp = "page-up", "One screen up.";
        Remove = "remove", "Take the place off the list.";
    }
}
