//! `EXPLAIN [ANALYZE] [(FORMAT …, TYPE …)] query`.

use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;
use futures::StreamExt;
use serde_json::{Value, json};

use super::Engine;
use super::engine::parsed;
use super::error::SqlError;
use super::figures::Step;
use super::parse::Source;
use super::request::{Outcome, Request};
use super::statement::Class;
use super::types::ColumnInfo;

/// How a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Graphviz,
}

/// The statement, taken apart.
struct Head {
    /// The query is run, and told what each step took.
    analyze: bool,
    /// Only whether it could run is asked.
    validate: bool,
    format: Format,
    query: Box<Query>,
}

impl Engine {
    /// Runs an EXPLAIN.
    pub(super) async fn explain(
        &self,
        request: &Request,
        class: Class,
    ) -> Result<Outcome, SqlError> {
        let (source, head) = parsed(request, head).await?;
        let reach = self.reach(request);
        let planned = self.plan(*head.query, source, &request.database, reach).await?;
        if head.validate {
            let columns = vec![ColumnInfo::string("Valid")];
            return self.lines(request, class, columns, vec!["true".into()]).await;
        }
        if head.analyze {
            let mut stream = planned.start()?;
            while let Some(batch) = stream.next().await {
                batch.map_err(|e| planned.failure(&e))?;
            }
        }
        let mut lines = vec!["Query Plan".to_owned()];
        let steps = planned.figures().plan;
        match (head.format, &steps) {
            (Format::Json, Some(step)) => {
                let shown = serde_json::to_string_pretty(&json(step, &mut 0));
                let shown = shown.map_err(|e| SqlError::system(e.to_string()))?;
                lines.extend(shown.lines().map(str::to_owned));
            }
            (Format::Graphviz, Some(step)) => {
                lines.push("digraph logical_plan {".into());
                graph(step, None, &mut 0, &mut lines);
                lines.push("}".into());
            }
            _ => lines.extend(planned.explain(head.analyze)),
        }
        self.lines(request, class, vec![ColumnInfo::string("Query Plan")], lines).await
    }
}

fn head(source: &Source) -> Result<Head, SqlError> {
    let mut parser = source.parser();
    let fail = |e| source.error(e);
    parser.expect_keyword(Keyword::EXPLAIN).map_err(fail)?;
    let analyze = parser.parse_keyword(Keyword::ANALYZE);
    let _ = analyze && parser.parse_keyword(Keyword::VERBOSE);
    let (mut format, mut validate) = (Format::Text, false);
    // A bracket opens the options, or the query.
    let options = matches!(&parser.peek_nth_token(1).token, Token::Word(w)
        if ["FORMAT", "TYPE"].iter().any(|option| w.value.eq_ignore_ascii_case(option)));
    if options && parser.consume_token(&Token::LParen) {
        loop {
            let option = parser.parse_identifier().map_err(fail)?.value.to_uppercase();
            let token = parser.next_token();
            let value = token.to_string().to_uppercase();
            match (option.as_str(), value.as_str()) {
                ("FORMAT", "TEXT") => format = Format::Text,
                ("FORMAT", "JSON") => format = Format::Json,
                ("FORMAT", "GRAPHVIZ") if !analyze => format = Format::Graphviz,
                // One process runs it all: the two are the same.
                ("TYPE", "LOGICAL" | "DISTRIBUTED") if !analyze => {}
                ("TYPE", "VALIDATE") if !analyze => validate = true,
                _ => {
                    return Err(SqlError::user(format!(
                        "NOT_SUPPORTED: line {}:{}: EXPLAIN{} ({option} {value})",
                        token.span.start.line,
                        token.span.start.column,
                        if analyze { " ANALYZE" } else { "" }
                    )));
                }
            }
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
        parser.expect_token(&Token::RParen).map_err(fail)?;
    }
    let query = parser.parse_query().map_err(fail)?;
    source.finish(&mut parser)?;
    Ok(Head { analyze, validate, format, query })
}

fn json(step: &Step, id: &mut usize) -> Value {
    let own = id.to_string();
    *id += 1;
    json!({
        "id": own,
        "name": step.name,
        "details": [step.detail],
        "children": step.children.iter().map(|child| json(child, id)).collect::<Vec<_>>(),
    })
}

fn graph(step: &Step, above: Option<usize>, id: &mut usize, lines: &mut Vec<String>) {
    let own = *id;
    *id += 1;
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    lines.push(format!("  plannode_{own}[label=\"{}|{}\"];", step.name, quoted(&step.detail)));
    if let Some(above) = above {
        lines.push(format!("  plannode_{above} -> plannode_{own};"));
    }
    for child in &step.children {
        graph(child, Some(own), id, lines);
    }
}
