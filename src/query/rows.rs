//! A result's rows, in order, a batch at a time.
//!
//! The first page comes from GetQueryResults, which also names the columns' types. The rest is
//! streamed from the result object, which is many times faster than paging; where there is no
//! such object (managed results, DDL's `.txt`) or it may not be read, paging goes on.

use std::io;

use crate::lake::{Body, Lake};
use crate::model::query::{Column, QueryExecution, ResultPage};
use crate::model::trouble::{Kind, Trouble};

use super::batch::Batch;
use super::result_csv::{Parser, write_row};

/// GetQueryResults gives no more a page.
const PAGE: u32 = 1000;
/// Rows of the result object are told when there are so many, in bytes.
const BATCH: usize = 256 << 10;

/// The open result of one execution.
pub struct Rows {
    lake: Lake,
    id: String,
    columns: Vec<Column>,
    ready: Option<Batch>,
    rest: Rest,
}

/// Where the rows after the ready ones come from.
enum Rest {
    Pages(String),
    Object(Box<Stream>),
    Nothing,
}

struct Stream {
    body: Body,
    /// Taken at the end.
    parser: Option<Parser>,
    /// Rows to pass over: the header and the first page.
    skip: usize,
}

impl Rows {
    /// Reads the first page and finds out where the others are.
    ///
    /// # Errors
    /// As GetQueryResults answers.
    pub async fn open(lake: &Lake, execution: &QueryExecution) -> Result<Self, Trouble> {
        let page = lake.results(&execution.id, None, PAGE).await?;
        let ResultPage { columns, rows, next, .. } = page;
        let rest = match next {
            None => Rest::Nothing,
            Some(token) => match stream(lake, execution, rows.len()).await? {
                Some(stream) => Rest::Object(Box::new(stream)),
                None => Rest::Pages(token),
            },
        };
        let id = execution.id.clone();
        let ready = Some(spread(columns.len(), &rows).map_err(|error| unfit(&id, &error))?);
        Ok(Self { lake: lake.clone(), id, columns, ready, rest })
    }

    /// The same, page after page to the end: what a client does that knows no result object.
    ///
    /// # Errors
    /// As GetQueryResults answers.
    pub async fn open_paged(lake: &Lake, execution: &QueryExecution) -> Result<Self, Trouble> {
        let nowhere = QueryExecution { output: None, ..execution.clone() };
        Self::open(lake, &nowhere).await
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The next rows, in order and never none; `None` after the last.
    ///
    /// # Errors
    /// As the object or the next page cannot be read.
    pub async fn next(&mut self) -> Result<Option<Batch>, Trouble> {
        loop {
            match self.ready.take() {
                Some(rows) if rows.is_empty() => {}
                Some(rows) => return Ok(Some(rows)),
                None if matches!(self.rest, Rest::Nothing) => return Ok(None),
                None => self.fetch().await?,
            }
        }
    }

    async fn fetch(&mut self) -> Result<(), Trouble> {
        match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Nothing => {}
            Rest::Pages(token) => {
                let page = self.lake.results(&self.id, Some(&token), PAGE).await?;
                let rows = spread(self.columns.len(), &page.rows);
                self.ready = Some(rows.map_err(|error| unfit(&self.id, &error))?);
                self.rest = page.next.map_or(Rest::Nothing, Rest::Pages);
            }
            Rest::Object(mut stream) => {
                if let Some(rows) = stream.next(&self.id).await? {
                    self.ready = Some(rows);
                    self.rest = Rest::Object(stream);
                }
            }
        }
        Ok(())
    }
}

fn unfit(id: &str, error: &io::Error) -> Trouble {
    Trouble::new(Kind::Other, format!("read the result of query {id}"), error.to_string())
}

/// DESCRIBE answers several columns and puts all of a row into the first, padded and separated
/// by tabs: each gets its own here.
fn spread(columns: usize, rows: &[Vec<Option<String>>]) -> io::Result<Batch> {
    let mut batch = Batch::default();
    for row in rows {
        match row.as_slice() {
            [Some(text)] if columns > 1 => {
                let mut cells: Vec<Option<&str>> =
                    text.splitn(columns, '\t').map(|cell| Some(cell.trim())).collect();
                cells.resize(columns, None);
                batch.push(cells)?;
            }
            row => batch.push(row.iter().map(Option::as_deref))?,
        }
    }
    Ok(batch)
}

/// The result object as a stream; `None` where there is none to be read.
async fn stream(
    lake: &Lake,
    execution: &QueryExecution,
    first_page: usize,
) -> Result<Option<Stream>, Trouble> {
    let Some(output) = execution.output.as_ref().filter(|output| output.key.ends_with(".csv"))
    else {
        return Ok(None);
    };
    match lake.get(output, None).await {
        Ok(body) => {
            let parser = Some(Parser::default());
            Ok(Some(Stream { body, parser, skip: first_page + 1 }))
        }
        Err(trouble) if matches!(trouble.kind, Kind::Denied | Kind::NotFound) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

impl Stream {
    /// Some rows, maybe none; `None` after the last.
    async fn next(&mut self, id: &str) -> Result<Option<Batch>, Trouble> {
        let Some(parser) = &mut self.parser else { return Ok(None) };
        let mut rows = loop {
            match self.body.chunk().await? {
                Some(bytes) => {
                    parser.feed(&bytes).map_err(|error| unfit(id, &error))?;
                    if parser.weight() >= BATCH {
                        break parser.take();
                    }
                }
                None => {
                    let rows = self.parser.take().unwrap_or_default().finish();
                    break rows.map_err(|error| unfit(id, &error))?;
                }
            }
        };
        self.skip -= rows.pass_over(self.skip);
        Ok(Some(rows))
    }
}

/// A row in the form of Athena's own result file: every value quoted that is not NULL.
pub fn to_csv<'a>(row: impl IntoIterator<Item = Option<&'a str>>, out: &mut Vec<u8>) {
    write_row(row, out);
}

#[cfg(test)]
mod tests {
    use super::super::batch::Row;

    fn spread(columns: usize, rows: &[Vec<Option<String>>]) -> Vec<Vec<Option<String>>> {
        super::spread(columns, rows).unwrap().rows().map(Row::to_vec).collect()
    }

    #[test]
    fn describe_gets_its_columns() {
        let some = |text: &str| Some(text.to_owned());
        let row = vec![some("pos       \tbigint    \t          ")];
        assert_eq!(spread(3, &[row]), [vec![some("pos"), some("bigint"), some("")]]);
        let rows = vec![vec![some("a\tb")], vec![None]];
        assert_eq!(spread(1, &rows), rows, "one column is left alone");
        assert_eq!(spread(2, &[vec![some("# Partition")]]), [vec![some("# Partition"), None]]);
    }
}
