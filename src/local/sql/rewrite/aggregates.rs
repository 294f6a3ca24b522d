//! Aggregates that Trino has and DataFusion writes otherwise.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, Expr, Function, FunctionArgumentClause, FunctionArguments, OrderByExpr,
    OrderByOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::functions::{args_of, set_args, set_name};
use crate::local::sql::dialect::{call, text};
use crate::local::sql::error::SqlError;

/// `count_if(c)` counts where c is true.
pub fn count_if(mut function: Function) -> Expr {
    let condition = args_of(&mut function).into_iter().next();
    let counted = condition.map(|condition| Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: crate::local::sql::dialect::number(1) }],
        else_result: None,
    });
    set_name(&mut function, "count");
    set_args(&mut function, counted.into_iter().collect());
    Expr::Function(function)
}

/// `sum(x)`: of decimals the greatest there are.
pub fn sum(mut function: Function) -> Expr {
    let args = args_of(&mut function);
    let wide = args.into_iter().map(|arg| call("athena_wide", vec![arg], Span::empty()));
    let wide = wide.collect();
    set_name(&mut function, "sum");
    set_args(&mut function, wide);
    Expr::Function(function)
}

/// `avg(x)`: of decimals one of their type.
pub fn avg(mut function: Function) -> Expr {
    set_name(&mut function, "avg");
    call("athena_narrow", vec![Expr::Function(function)], Span::empty())
}

/// `max_by(x, y)`: the x of the row with the greatest y.
pub fn by(mut function: Function, greatest: bool) -> Result<Expr, SqlError> {
    let name = function.name.to_string();
    let args = args_of(&mut function);
    let [value, key] = <[Expr; 2]>::try_from(args).map_err(|args: Vec<Expr>| {
        SqlError::user(format!(
            "NOT_SUPPORTED: {name} with {} arguments is not supported by the local lake",
            args.len()
        ))
    })?;
    set_name(&mut function, "first_value");
    set_args(&mut function, vec![value]);
    order(&mut function, key, !greatest);
    Ok(Expr::Function(function))
}

fn order(function: &mut Function, key: Expr, asc: bool) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![OrderByExpr {
            expr: key,
            options: OrderByOptions { asc: Some(asc), nulls_first: Some(false) },
            with_fill: None,
        }]));
    }
}

/// `approx_percentile(x, 0.5)`, also with an array of percentages.
pub fn approx_percentile(mut function: Function) -> Result<Expr, SqlError> {
    let args = args_of(&mut function);
    set_name(&mut function, "approx_percentile_cont");
    let [value, at] = <[Expr; 2]>::try_from(args).map_err(|_| {
        SqlError::user(
            "NOT_SUPPORTED: approx_percentile takes a value and a percentage in the local lake",
        )
    })?;
    let one = |at: Expr| {
        let mut one = function.clone();
        set_args(&mut one, vec![value.clone(), at]);
        // The answer is of the value's type; the engine below makes a double of it.
        let mut sample = function.clone();
        set_name(&mut sample, "min");
        set_args(&mut sample, vec![value.clone()]);
        call("athena_as", vec![Expr::Function(one), Expr::Function(sample)], Span::empty())
    };
    Ok(match at {
        Expr::Array(list) => {
            call("make_array", list.elem.into_iter().map(one).collect(), Span::empty())
        }
        at => one(at),
    })
}

/// `map_agg(k, v)` of two arrays that are gathered in the same order.
pub fn map_agg(mut function: Function) -> Expr {
    let args = args_of(&mut function);
    set_name(&mut function, "array_agg");
    let arrays = args
        .into_iter()
        .map(|arg| {
            let mut one = function.clone();
            set_args(&mut one, vec![arg]);
            Expr::Function(one)
        })
        .collect();
    call("athena_map_from", arrays, Span::empty())
}

/// `histogram(x)`.
pub fn histogram(mut function: Function) -> Expr {
    set_name(&mut function, "array_agg");
    call("athena_histogram", vec![Expr::Function(function)], Span::empty())
}

/// `listagg(x, ', ') WITHIN GROUP (ORDER BY y)`.
pub fn listagg(mut function: Function) -> Expr {
    let mut args = args_of(&mut function);
    if args.len() == 1 {
        args.push(text(""));
    }
    set_name(&mut function, "string_agg");
    set_args(&mut function, args);
    let within = std::mem::take(&mut function.within_group);
    if let FunctionArguments::List(list) = &mut function.args {
        list.clauses.clear();
        if !within.is_empty() {
            list.clauses.push(FunctionArgumentClause::OrderBy(within));
        }
    }
    Expr::Function(function)
}
