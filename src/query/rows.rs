//! A result's rows, in order, a batch at a time.
//!
//! The first page comes from GetQueryResults, which also names the columns' types. The rest is
//! streamed from the result object, which is many times faster than paging; where there is no
//! such object (managed results, DDL's `.txt`) or it may not be read, paging goes on.

use std::collections::VecDeque;

use crate::lake::{Body, Lake};
use crate::model::query::{Column, QueryExecution, ResultPage};
use crate::model::trouble::{Kind, Trouble};

use super::result_csv::{Parser, Row, write_row};

/// GetQueryResults gives no more a page.
const PAGE: u32 = 1000;

/// The open result of one execution.
pub struct Rows {
    lake: Lake,
    id: String,
    columns: Vec<Column>,
    ready: VecDeque<Vec<Row>>,
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
        let ResultPage { columns, rows, next } = page;
        let rest = match next {
            None => Rest::Nothing,
            Some(token) => match stream(lake, execution, rows.len()).await? {
                Some(stream) => Rest::Object(Box::new(stream)),
                None => Rest::Pages(token),
            },
        };
        let id = execution.id.clone();
        let rows = spread(columns.len(), rows);
        Ok(Self { lake: lake.clone(), id, columns, ready: VecDeque::from([rows]), rest })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The next rows, in order and never none; `None` after the last.
    ///
    /// # Errors
    /// As the object or the next page cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Option<String>>>>, Trouble> {
        loop {
            match self.ready.pop_front() {
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
                self.ready.push_back(spread(self.columns.len(), page.rows));
                self.rest = page.next.map_or(Rest::Nothing, Rest::Pages);
            }
            Rest::Object(mut stream) => {
                if let Some(rows) = stream.next().await? {
                    self.ready.push_back(rows);
                    self.rest = Rest::Object(stream);
                }
            }
        }
        Ok(())
    }
}

/// DESCRIBE answers several columns and puts all of a row into the first, padded and separated
/// by tabs: each gets its own here.
fn spread(columns: usize, rows: Vec<Row>) -> Vec<Row> {
    let whole = |row: Row| match row.as_slice() {
        [Some(text)] if columns > 1 => {
            let mut cells: Row =
                text.splitn(columns, '\t').map(|cell| Some(cell.trim().to_owned())).collect();
            cells.resize(columns, None);
            cells
        }
        _ => row,
    };
    rows.into_iter().map(whole).collect()
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
    async fn next(&mut self) -> Result<Option<Vec<Row>>, Trouble> {
        let mut rows = Vec::new();
        match self.body.chunk().await? {
            Some(bytes) => {
                if let Some(parser) = &mut self.parser {
                    parser.feed(&bytes, &mut rows);
                }
            }
            None => match self.parser.take() {
                Some(parser) => rows.extend(parser.finish()),
                None => return Ok(None),
            },
        }
        let passed = self.skip.min(rows.len());
        self.skip -= passed;
        rows.drain(..passed);
        Ok(Some(rows))
    }
}

/// Rows in the form of Athena's own result file: every value quoted that is not NULL.
pub fn to_csv(row: &[Option<String>], out: &mut String) {
    write_row(row, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describe_gets_its_columns() {
        let some = |text: &str| Some(text.to_owned());
        let row = vec![some("pos       \tbigint    \t          ")];
        assert_eq!(spread(3, vec![row]), [vec![some("pos"), some("bigint"), some("")]]);
        let rows = vec![vec![some("a\tb")], vec![None]];
        assert_eq!(spread(1, rows.clone()), rows, "one column is left alone");
        assert_eq!(spread(2, vec![vec![some("# Partition")]]), [vec![some("# Partition"), None]]);
    }
}
