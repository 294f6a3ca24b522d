//! `FilterConditionList` of ListResources.

use serde_json::Value;

use super::Registration;
use crate::local::ApiError;
use crate::local::glue::fault::invalid;

/// One condition; all of a request's must hold.
pub struct Condition {
    field: Field,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy)]
enum Field {
    Resource,
    Role,
}

#[derive(Clone, Copy)]
enum Operator {
    Is,
    IsNot,
    BeginsWith,
    Contains,
    ContainsNot,
}

impl Condition {
    pub fn holds(&self, one: &Registration) -> bool {
        let text = match self.field {
            Field::Resource => &one.arn,
            Field::Role => &one.role,
        };
        let any = |fits: &dyn Fn(&str) -> bool| self.values.iter().any(|value| fits(value));
        match self.operator {
            Operator::Is => any(&|value| text == value),
            Operator::IsNot => !any(&|value| text == value),
            Operator::BeginsWith => any(&|value| text.starts_with(value)),
            Operator::Contains => any(&|value| text.contains(value)),
            Operator::ContainsNot => !any(&|value| text.contains(value)),
        }
    }
}

/// What a request filters by.
///
/// # Errors
/// `InvalidInputException` for what is no condition, or none that this lake can test.
pub fn conditions(input: &Value) -> Result<Vec<Condition>, ApiError> {
    let list = input["FilterConditionList"].as_array();
    list.map_or(Ok(Vec::new()), |all| all.iter().map(condition).collect())
}

fn condition(value: &Value) -> Result<Condition, ApiError> {
    let field = match value["Field"].as_str() {
        Some("RESOURCE_ARN") => Field::Resource,
        Some("ROLE_ARN") => Field::Role,
        other => return Err(cannot("field", other)),
    };
    let operator = match value["ComparisonOperator"].as_str() {
        Some("EQ" | "IN") => Operator::Is,
        Some("NE") => Operator::IsNot,
        Some("BEGINS_WITH") => Operator::BeginsWith,
        Some("CONTAINS") => Operator::Contains,
        Some("NOT_CONTAINS") => Operator::ContainsNot,
        other => return Err(cannot("comparison operator", other)),
    };
    let values = value["StringValueList"].as_array().into_iter().flatten();
    let values: Vec<String> = values.filter_map(Value::as_str).map(str::to_owned).collect();
    if values.is_empty() {
        return Err(invalid("A filter condition needs values."));
    }
    Ok(Condition { field, operator, values })
}

fn cannot(what: &str, given: Option<&str>) -> ApiError {
    let given = given.unwrap_or("none");
    invalid(format!("The local lake cannot filter resources by the {what} {given}."))
}
