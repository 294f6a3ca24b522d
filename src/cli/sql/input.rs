//! Where the statements come from.

use std::io::{IsTerminal, Read};

use crate::model::sql::split;
use crate::query::parameters::{self, BadParameter, Bound};

use super::super::failure::Failure;
use super::SqlArgs;

/// The statements to run, in order and never none, with their parameters' literals.
pub(super) fn statements(args: &SqlArgs) -> Result<Vec<Bound>, Failure> {
    let text = read(args)?;
    let statements = split(&text);
    let all: Vec<&str> = statements.iter().map(|one| one.text(&text)).collect();
    // What stands in an argument is one statement: a `;` that slipped in runs nothing.
    let in_argument = args.sql.as_deref().is_some_and(|sql| sql != "-");
    match all.len() {
        0 => return Err(Failure::usage("sql", "there is no statement in it")),
        many if many > 1 && in_argument => {
            let why = format!("there are {many} statements, an argument is one");
            return Err(Failure::usage("sql", why).hint("put them into a file for -f"));
        }
        _ => {}
    }
    let values = args.params.iter().map(|param| parameters::parse(param));
    let values = values.collect::<Result<Vec<_>, _>>().map_err(bad)?;
    parameters::bind(&all, &values).map_err(bad)
}

fn bad(error: BadParameter) -> Failure {
    let failure = Failure::usage("--param", error.to_string());
    match error {
        BadParameter::Missing(_) => failure.hint("give it with --param NAME=VALUE"),
        _ => failure,
    }
}

fn read(args: &SqlArgs) -> Result<String, Failure> {
    if let Some(sql) = &args.sql
        && sql != "-"
    {
        return Ok(sql.clone());
    }
    if let Some(file) = &args.file {
        let failed = |error: std::io::Error| {
            Failure::usage(format!("read {}", file.display()), error.to_string())
        };
        return std::fs::read_to_string(file).map_err(failed);
    }
    let mut stdin = std::io::stdin();
    if args.sql.is_none() && stdin.is_terminal() {
        return Err(Failure::usage("sql", "there is no statement")
            .hint("give it as an argument, with -f FILE or on standard input"));
    }
    let mut text = String::new();
    stdin
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage("read standard input", error.to_string()))?;
    Ok(text)
}
