//! Rows to standard output or a file, in a format.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use crate::lake::Lake;
use crate::model::query::{Column, FileFormat, QueryExecution};
use crate::query::Rows;
use crate::query::write::{Csv, WholeFile, Writer, writer};

use super::super::failure::Failure;
use super::{Format, SqlArgs};

/// Where the rows of all statements go, one result behind the other.
pub(super) struct Printer<'a> {
    args: &'a SqlArgs,
    /// Opened by the first rows.
    target: Option<Target>,
    format: Format,
    terminal: bool,
}

impl<'a> Printer<'a> {
    pub fn new(args: &'a SqlArgs) -> Self {
        let terminal = args.output.is_none() && io::stdout().is_terminal();
        Self { args, target: None, format: format(args, terminal), terminal }
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints the whole result and gives the number of its rows.
    pub async fn print(&mut self, lake: &Lake, execution: &QueryExecution) -> Result<u64, Failure> {
        let mut rows = Rows::open(lake, execution).await?;
        if rows.columns().is_empty() {
            // DDL that answers nothing.
            return Ok(0);
        }
        let mut printer = printer(self.format, rows.columns(), self.terminal)?;
        let target = match &mut self.target {
            Some(target) => {
                if self.format == Format::Table {
                    target.write(|to| to.write_all(b"\n"))?;
                }
                target
            }
            none => none.insert(Target::open(self.args.output.as_deref())?),
        };
        let mut count = 0;
        while let Some(batch) = rows.next().await? {
            count += batch.len() as u64;
            target.write(|to| printer.rows(&batch, to))?;
        }
        target.write(|to| printer.end(to))?;
        // Who reads sees a result before the next statement runs.
        target.write(|to| to.flush())?;
        Ok(count)
    }

    /// A file appears now, with all that was printed.
    pub fn finish(self) -> Result<(), Failure> {
        self.target.map_or(Ok(()), Target::finish)
    }
}

fn format(args: &SqlArgs, terminal: bool) -> Format {
    let by_name = args.output.as_deref().and_then(Path::extension).and_then(|extension| {
        match extension.to_str()? {
            "json" | "jsonl" | "ndjson" => Some(Format::Json),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    });
    let usual = if terminal { Format::Table } else { Format::Csv };
    args.format.or(by_name).unwrap_or(usual)
}

fn printer(format: Format, columns: &[Column], terminal: bool) -> Result<Box<dyn Writer>, Failure> {
    let format = match format {
        Format::Table => return Ok(Box::new(super::table::Table::new(columns))),
        Format::Csv => return Ok(Box::new(Csv::new(columns, terminal))),
        Format::Json => FileFormat::Json,
        Format::Parquet => FileFormat::Parquet,
    };
    writer(format, columns).map_err(|error| Failure::failed("write rows", error.to_string()))
}

/// Of a file: what the user's mask leaves of reading and writing.
const MODE: u32 = 0o666;

/// Standard output, or a file that appears only when it is whole.
enum Target {
    Stdout(BufWriter<io::Stdout>),
    File(WholeFile),
}

impl Target {
    fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout(BufWriter::new(io::stdout()))) };
        let file = WholeFile::create(path, MODE);
        Ok(Self::File(file.map_err(|error| cannot_write(path, &error))?))
    }

    fn write(
        &mut self,
        work: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match self {
            Self::Stdout(to) => work(to).map_err(|error| Failure::output(&error)),
            Self::File(to) => work(to).map_err(|error| cannot_write(to.path(), &error)),
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.write(|to| to.flush())?;
        match self {
            Self::Stdout(_) => Ok(()),
            Self::File(to) => {
                let path = to.path().to_owned();
                to.finish().map(drop).map_err(|error| cannot_write(&path, &error))
            }
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("write {}", path.display()), error.to_string())
}
