//! Where the statement comes from.

use std::io::{IsTerminal, Read};

use crate::model::sql::split;
use crate::query::parameters;

use super::super::failure::Failure;
use super::SqlArgs;

/// The one statement to run, and the literals of its parameters.
pub(super) fn statement(args: &SqlArgs) -> Result<(String, Vec<String>), Failure> {
    let text = read(args)?;
    let sql = only_one(&text)?;
    let bad = |error: parameters::BadParameter| Failure::usage("--param", error.to_string());
    let values = args
        .params
        .iter()
        .map(|param| parameters::parse(param))
        .collect::<Result<Vec<_>, _>>()
        .map_err(bad)?;
    parameters::bind(&sql, &values).map_err(bad)
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

/// Athena takes one statement at a time; its `;` is not part of it.
fn only_one(text: &str) -> Result<String, Failure> {
    match split(text).as_slice() {
        [] => Err(Failure::usage("sql", "there is no statement in it")),
        [one] => Ok(one.text(text).to_owned()),
        many => {
            let why = format!("there are {} statements, Athena runs one", many.len());
            Err(Failure::usage("sql", why).hint("run them one by one"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_without_its_semicolon() {
        assert_eq!(only_one("-- x\nSELECT 1;\n-- done\n").unwrap(), "SELECT 1");
        assert!(only_one("-- nothing").is_err());
        assert!(only_one("SELECT 1; SELECT 2").is_err());
    }
}
