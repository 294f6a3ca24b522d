//! The log file: what the program did, never what the data says.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::home::{append_private, make_private_dir};

/// Past this size the file becomes `lakehand.log.old` at the next start.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Starts logging to `file`; `LAKEHAND_LOG` filters as `RUST_LOG` does elsewhere, `info` if it
/// is not set.
///
/// Libraries may not log below a warning whatever the filter says: the AWS ones would write
/// whole requests. Some say nothing at all, since even their errors quote what they work on.
///
/// # Errors
/// Where the file cannot be made.
pub fn start(file: &Path) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        make_private_dir(dir)?;
    }
    if fs::metadata(file).is_ok_and(|meta| meta.len() > LIMIT) {
        fs::rename(file, file.with_extension("log.old"))?;
    }
    let writer = Mutex::new(append_private(file)?);
    let ours = filter_fn(|meta| is_fit(meta.target(), meta.level()));
    let wanted = EnvFilter::builder()
        .with_default_directive(Level::INFO.into())
        .with_env_var("LAKEHAND_LOG")
        .from_env_lossy();
    let layer = fmt::layer().with_ansi(false).with_writer(writer).with_filter(ours);
    tracing_subscriber::registry().with(wanted).with(layer).try_init().map_err(io::Error::other)
}

/// Libraries whose errors hold answers, statements or values.
const SILENT: &[&str] = &["s3s", "datafusion", "sqlparser", "parquet", "arrow"];

fn is_fit(target: &str, level: &Level) -> bool {
    let root = target.split("::").next().unwrap_or(target);
    if root == "lakehand" {
        return true;
    }
    let silent = SILENT.iter().any(|name| root == *name || root.starts_with(&format!("{name}_")));
    !silent && *level <= Level::WARN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_cannot_write_data_into_the_log() {
        assert!(is_fit("lakehand::lake", &Level::TRACE));
        assert!(is_fit("aws_smithy_runtime::client", &Level::WARN));
        assert!(!is_fit("aws_smithy_runtime::client", &Level::INFO));
        assert!(!is_fit("s3s::service", &Level::ERROR));
        assert!(!is_fit("datafusion_optimizer::optimizer", &Level::ERROR));
    }
}
