//! What the pane can be asked.

use crate::ui::command::commands;

commands! {
    /// Glue jobs, their runs, and crawlers.
    pub enum Command {
        Open = "open", "The runs of the job; the whole of a run or of a crawler.";
        Up = "up", "Back to the list of jobs and crawlers.";
        Start = "start", "Start the job with arguments, or the crawler; asks first.";
        Stop = "stop", "Stop what runs; asks first.";
        Follow = "follow", "Say when it ends, wherever you are meanwhile; again: do not.";
        Details = "details", "Show or hide arguments, times and the whole error.";
        Copy = "copy", "Copy the name, the run's id or the error.";
        Refresh = "refresh", "Ask Glue again.";
    }
}

commands! {
    /// The arguments of a job that is to be started, one `--name=value` a line.
    pub enum FormCommand {
        Submit = "submit", "Start the job with these arguments; asks first.";
    }
}
