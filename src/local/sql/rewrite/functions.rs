//! Athena's functions by name: what each is called below.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, ObjectName, UnaryOperator,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::aggregates;
use super::lenient::lenient;
use crate::local::sql::dialect::{call, number, text};
use crate::local::sql::error::SqlError;

/// Functions of the same name and meaning here and there, and those that this program adds.
const SAME: &[&str] = &[
    "abs",
    "acos",
    "any_value",
    "approx_distinct",
    "array_agg",
    "array_distinct",
    "array_except",
    "array_intersect",
    "array_join",
    "array_max",
    "array_min",
    "array_union",
    "asin",
    "at_timezone",
    "atan",
    "atan2",
    "athena_as",
    "athena_cast",
    "athena_histogram",
    "athena_map_from",
    "athena_subscript",
    "athena_try_cast",
    "bool_and",
    "bool_or",
    "cardinality",
    "cbrt",
    "ceil",
    "chr",
    "coalesce",
    "codepoint",
    "concat_ws",
    "corr",
    "cos",
    "cosh",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "current_date",
    "date_add",
    "date_diff",
    "date_format",
    "date_parse",
    "date_trunc",
    "day",
    "day_of_week",
    "day_of_year",
    "degrees",
    "dense_rank",
    "e",
    "element_at",
    "exp",
    "first_value",
    "flatten",
    "floor",
    "format",
    "format_datetime",
    "from_base64",
    "from_hex",
    "from_iso8601_date",
    "from_iso8601_timestamp",
    "from_unixtime",
    "from_utf8",
    "get_field",
    "grouping",
    "hamming_distance",
    "hour",
    "infinity",
    "is_finite",
    "is_infinite",
    "is_nan",
    "json_array_contains",
    "json_array_get",
    "json_array_length",
    "json_extract",
    "json_extract_scalar",
    "json_format",
    "json_parse",
    "json_size",
    "lag",
    "last_day_of_month",
    "last_value",
    "lead",
    "length",
    "levenshtein_distance",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "make_array",
    "map_entries",
    "map_keys",
    "map_values",
    "max",
    "millisecond",
    "min",
    "minute",
    "month",
    "named_struct",
    "nan",
    "nth_value",
    "ntile",
    "nullif",
    "parse_datetime",
    "percent_rank",
    "pi",
    "power",
    "quarter",
    "radians",
    "rank",
    "regexp_count",
    "reduce",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_like",
    "regexp_replace",
    "regexp_split",
    "regr_intercept",
    "regr_slope",
    "reverse",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "second",
    "sha256",
    "sha512",
    "sign",
    "sin",
    "sinh",
    "split",
    "split_part",
    "sqrt",
    "starts_with",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "strpos",
    "substr",
    "tan",
    "tanh",
    "to_base64",
    "to_hex",
    "to_iso8601",
    "to_milliseconds",
    "to_unixtime",
    "to_utf8",
    "translate",
    "trim",
    "truncate",
    "typeof",
    "upper",
    "uuid",
    "var_pop",
    "var_samp",
    "week",
    "with_timezone",
    "year",
    "year_of_week",
    "try_date_parse",
    "try_parse_datetime",
    "try_from_iso8601_timestamp",
    "try_from_iso8601_date",
    "try_json_parse",
];

/// Only another name.
const RENAMED: &[(&str, &str)] = &[
    ("arbitrary", "any_value"),
    ("array_remove", "array_remove_all"),
    ("arrays_overlap", "array_has_any"),
    ("bitwise_and_agg", "bit_and"),
    ("bitwise_or_agg", "bit_or"),
    ("ceiling", "ceil"),
    ("char_length", "length"),
    ("character_length", "length"),
    ("contains", "array_has"),
    ("day_of_month", "day"),
    ("dow", "day_of_week"),
    ("doy", "day_of_year"),
    ("every", "bool_and"),
    ("filter", "array_filter"),
    ("any_match", "array_any_match"),
    ("map", "athena_map_from"),
    ("pow", "power"),
    ("rand", "random"),
    ("random", "random"),
    ("repeat", "array_repeat"),
    ("sequence", "generate_series"),
    ("transform", "array_transform"),
    ("var", "var_samp"),
    ("variance", "var_samp"),
    ("week_of_year", "week"),
    ("yow", "year_of_week"),
    ("zip", "arrays_zip"),
];

/// Rewrites one call whose arguments are already rewritten.
pub fn rewrite_call(expr: Expr) -> Result<Expr, SqlError> {
    let Expr::Function(mut function) = expr else { return Ok(expr) };
    let at = function.name.0.first().and_then(|p| p.as_ident()).map(|i| i.span.start);
    let name = function.name.to_string().trim_matches('"').to_lowercase();
    if SAME.contains(&name.as_str()) {
        set_name(&mut function, &name);
        return Ok(Expr::Function(function));
    }
    if let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == name) {
        set_name(&mut function, new);
        return Ok(Expr::Function(function));
    }
    match name.as_str() {
        "sum" => return Ok(aggregates::sum(function)),
        "avg" => return Ok(aggregates::avg(function)),
        "count_if" => return Ok(aggregates::count_if(function)),
        "max_by" => return aggregates::by(function, true),
        "min_by" => return aggregates::by(function, false),
        "approx_percentile" => return aggregates::approx_percentile(function),
        "map_agg" => return Ok(aggregates::map_agg(function)),
        "histogram" => return Ok(aggregates::histogram(function)),
        "listagg" | "string_agg" => return Ok(aggregates::listagg(function)),
        _ => {}
    }
    let args = args_of(&mut function);
    scalar(&name, args).unwrap_or_else(|args| {
        let at = at.filter(|at| at.line > 0);
        let place = at.map(|at| format!("line {}:{}: ", at.line, at.column)).unwrap_or_default();
        let _ = args;
        Err(SqlError::user(format!(
            "FUNCTION_NOT_FOUND: {place}Function '{name}' not registered in the local lake"
        )))
    })
}

/// Scalar functions that become expressions; the arguments come back where there is none.
fn scalar(name: &str, mut args: Vec<Expr>) -> Result<Result<Expr, SqlError>, Vec<Expr>> {
    let span = Span::empty();
    let to = |name: &str, args| Ok(Ok(call(name, args, span)));
    let cast = |expr, kind: &str| call("athena_cast", vec![expr, text(kind)], span);
    match (name, args.len()) {
        ("if", 2 | 3) => {
            let otherwise = if args.len() == 3 { args.pop() } else { None };
            let result = args.pop().unwrap_or_else(|| number(0));
            let condition = args.pop().unwrap_or_else(|| number(0));
            Ok(Ok(case(condition, result, otherwise)))
        }
        ("try", 1) => Ok(Ok(lenient(args.remove(0)))),
        ("concat", 1..) => {
            let mut args = args.into_iter();
            let first = args.next().unwrap_or_else(|| text(""));
            Ok(
                Ok(args
                    .fold(first, |left, right| binary(left, BinaryOperator::StringConcat, right))),
            )
        }
        ("mod", 2) => {
            let right = args.remove(1);
            Ok(Ok(binary(args.remove(0), BinaryOperator::Modulo, right)))
        }
        ("greatest" | "least", 1..) => {
            // One NULL makes the answer NULL.
            let unknown = args
                .iter()
                .map(|arg| Expr::IsNotNull(Box::new(arg.clone())))
                .reduce(|left, right| binary(left, BinaryOperator::And, right));
            let all = call(name, args, span);
            Ok(Ok(match unknown {
                Some(known) => case(known, all, None),
                None => all,
            }))
        }
        ("replace", 2) => {
            args.push(text(""));
            to("replace", args)
        }
        ("replace", 3) => to("replace", args),
        ("position", 2) => {
            args.swap(0, 1);
            to("strpos", args)
        }
        ("substring", 2 | 3) => to("substr", args),
        ("md5", 1) => {
            args.push(text("md5"));
            to("digest", args)
        }
        ("date", 1) => Ok(Ok(cast(args.remove(0), "date"))),
        ("now" | "current_timestamp", 0) => {
            Ok(Ok(cast(call("now", args, span), "timestamp with time zone")))
        }
        ("localtimestamp", 0) => Ok(Ok(cast(call("now", args, span), "timestamp"))),
        ("row", 1..) => {
            let named = args
                .into_iter()
                .enumerate()
                .flat_map(|(at, arg)| [text(format!("field{at}")), arg])
                .collect();
            to("named_struct", named)
        }
        ("slice", 3) => {
            let length = args.pop().unwrap_or_else(|| number(0));
            let start = args.pop().unwrap_or_else(|| number(1));
            let end = binary(
                binary(start.clone(), BinaryOperator::Plus, length),
                BinaryOperator::Minus,
                number(1),
            );
            args.extend([start, end]);
            to("array_slice", args)
        }
        ("array_position", 2) => {
            let found = cast(call("array_position", args, span), "bigint");
            to("coalesce", vec![found, number(0)])
        }
        ("array_sort", 1) => {
            args.extend([text("ASC"), text("NULLS LAST")]);
            to("array_sort", args)
        }
        ("all_match" | "none_match", 2) => {
            if name == "all_match" {
                negate(&mut args[1]);
            }
            let any = call("array_any_match", args, span);
            Ok(Ok(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(any) }))
        }
        ("bitwise_and", 2) => {
            let right = args.remove(1);
            Ok(Ok(binary(args.remove(0), BinaryOperator::BitwiseAnd, right)))
        }
        ("bitwise_or", 2) => {
            let right = args.remove(1);
            Ok(Ok(binary(args.remove(0), BinaryOperator::BitwiseOr, right)))
        }
        ("bitwise_xor", 2) => {
            let right = args.remove(1);
            Ok(Ok(binary(args.remove(0), BinaryOperator::BitwiseXor, right)))
        }
        _ => Err(args),
    }
}

fn negate(lambda: &mut Expr) {
    if let Expr::Lambda(lambda) = lambda {
        let body = std::mem::replace(lambda.body.as_mut(), number(0));
        *lambda.body =
            Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(body))) };
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

fn case(condition: Expr, result: Expr, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    }
}

/// Takes the arguments out of a call.
pub fn args_of(function: &mut Function) -> Vec<Expr> {
    match &mut function.args {
        FunctionArguments::List(list) => std::mem::take(&mut list.args)
            .into_iter()
            .filter_map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Puts arguments into a call.
pub fn set_args(function: &mut Function, args: Vec<Expr>) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.args =
            args.into_iter().map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e))).collect();
    }
}

/// Renames a call, and keeps its place.
pub fn set_name(function: &mut Function, name: &str) {
    let span = function.name.0.first().and_then(|p| p.as_ident()).map(|i| i.span);
    function.name = ObjectName::from(vec![Ident::with_quote_and_span(
        '"',
        span.unwrap_or(Span::empty()),
        name,
    )]);
}
