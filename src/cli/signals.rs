//! Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Exit;

/// The first signal cancels the token, so that the verb can put things in order; the second
/// ends the process at once.
pub(super) fn watch(cancel: CancellationToken) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    for kind in kinds {
        let Ok(mut signals) = signal(kind) else { continue };
        let cancel = cancel.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if cancel.is_cancelled() {
                    std::process::exit(Exit::Interrupted.code().into());
                }
                cancel.cancel();
            }
        });
    }
}
