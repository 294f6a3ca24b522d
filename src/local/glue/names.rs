//! Names in the catalog: what may be one, and how it is stored.

use crate::local::ApiError;

use super::fault::invalid;

/// The longest name the API takes, in characters.
const LONGEST: usize = 255;

/// The stored form of a database, table or column name: Glue folds all of them to lower case.
///
/// # Errors
/// InvalidInputException where the name is empty, too long, or has control characters.
pub fn fold(what: &str, name: &str) -> Result<String, ApiError> {
    check(what, name)?;
    Ok(name.to_lowercase())
}

/// The rule for names that keep their case: jobs and crawlers.
pub fn check(what: &str, name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() {
        return Err(invalid(format!("The {what} name must not be empty.")));
    }
    if name.chars().count() > LONGEST {
        return Err(invalid(format!("The {what} name is longer than {LONGEST} characters.")));
    }
    if name.chars().any(char::is_control) {
        return Err(invalid(format!("The {what} name has control characters.")));
    }
    Ok(())
}

/// A table name made from a folder or file name, as a crawler does: lower case, and every
/// character that is no letter, digit or underscore becomes an underscore.
pub fn from_folder(folder: &str) -> String {
    let tidy: String = folder
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '_' })
        .collect();
    if tidy.is_empty() { "table".to_owned() } else { tidy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_checked() {
        assert_eq!(fold("table", "Variants-2").unwrap(), "variants-2");
        assert!(fold("table", " ").is_err());
        assert!(fold("table", "a\nb").is_err());
        assert!(fold("table", &"x".repeat(256)).is_err());
    }

    #[test]
    fn folders_become_plain_names() {
        assert_eq!(from_folder("Variant Summary.csv"), "variant_summary_csv");
        assert_eq!(from_folder(""), "table");
    }
}
