//! What an engine's sentence says of a permission that is missing: which one, on what, for
//! whom, and who can do something about it.
//!
//! The sentences are those that Athena and Glue have been seen to write; see
//! <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html> for
//! the permissions in them.

/// A denial in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What is missing, for whom.
    pub missing: String,
    /// What would help.
    pub remedy: String,
}

const NEEDS: &str = "Insufficient Lake Formation permission(s)";
/// Glue does not always say which one.
const UNNAMED: &str = "the permission";

/// Explains the sentence, where it is about a permission. `who` is the caller's ARN; `database`
/// is what names without one mean.
pub fn explain(sentence: &str, database: &str, who: Option<&str>) -> Option<Denial> {
    let line = sentence.lines().find(|line| !line.trim().is_empty())?;
    lake_formation(sentence, database, who)
        .or_else(|| column(line, who))
        .or_else(|| no_columns(line, who))
        .or_else(|| place(sentence, who))
}

/// `…: Required Select on variants`, perhaps with `for ARN` behind it, or `… on db (Database
/// name: db)`, and the service's own note in parentheses at the end.
fn lake_formation(sentence: &str, database: &str, who: Option<&str>) -> Option<Denial> {
    let rest = &sentence[sentence.find(NEEDS)? + NEEDS.len()..];
    let rest = rest.lines().next().unwrap_or_default();
    let rest = rest.split(" (").next().unwrap_or(rest).trim_end_matches([')', '.', ' ']);
    let (rest, named) = match rest.split_once(" for ") {
        Some((rest, arn)) if arn.starts_with("arn:") => (rest, Some(arn.trim())),
        _ => (rest, None),
    };
    let who = caller(named.or(who));
    let (permission, on) = match rest.trim_start_matches(':').trim().strip_prefix("Required ") {
        Some(required) => required.split_once(" on ")?,
        None => (UNNAMED, rest.trim().strip_prefix("on ")?),
    };
    let permission = match permission.trim() {
        unnamed if unnamed == UNNAMED => unnamed.to_owned(),
        named => named.to_uppercase(),
    };
    let on = on.trim();
    // These are on tables, which come without their database.
    let is_of_a_table = ["SELECT", "INSERT", "DELETE"].contains(&permission.as_str());
    let on = match is_of_a_table && !on.contains('.') {
        true => format!("{database}.{on}"),
        false => on.to_owned(),
    };
    let grant = format!("{permission} on {on} to {who}.");
    Some(Denial {
        missing: format!("Lake Formation has not granted {grant}"),
        remedy: format!("A data lake administrator can grant {grant}"),
    })
}

fn column(line: &str, who: Option<&str>) -> Option<Denial> {
    if !line.contains("cannot be resolved or requester is not authorized") {
        return None;
    }
    let name = line.split('\'').nth(1)?;
    let who = caller(who);
    Some(Denial {
        missing: format!(
            "Either no table in the statement has a column {name}, or Lake Formation has not \
             granted SELECT on it to {who}."
        ),
        remedy: format!(
            "A data lake administrator can grant SELECT on the table with this column to {who}."
        ),
    })
}

fn no_columns(line: &str, who: Option<&str>) -> Option<Denial> {
    if !line.contains("contains no accessible columns") {
        return None;
    }
    let who = caller(who);
    Some(Denial {
        missing: format!("Lake Formation has granted SELECT on no column of the table to {who}."),
        remedy: format!("A data lake administrator can grant SELECT on columns of it to {who}."),
    })
}

/// S3 said no: to the engine reading the data, or writing the result.
fn place(sentence: &str, who: Option<&str>) -> Option<Denial> {
    let lower = sentence.to_ascii_lowercase();
    let denied = ["permission denied on s3 path", "access denied when writing", "access denied"];
    if !denied.iter().any(|words| lower.contains(words)) {
        return None;
    }
    let at = sentence.find("s3://")?;
    let end = sentence[at..].find([' ', ',', ')', '\n']).map_or(sentence.len(), |end| at + end);
    let place = sentence[at..end].trim_end_matches([':', '.']);
    let writes = lower.contains("writing");
    let (action, verb) = if writes { ("s3:PutObject", "write") } else { ("s3:GetObject", "read") };
    let who = caller(who);
    Some(Denial {
        missing: format!(
            "S3 does not let {who} {verb} {place}: this is not Lake Formation's doing."
        ),
        remedy: format!(
            "It takes {action} and the bucket's KMS key in IAM and in the bucket's policy, or a \
             location that is registered with Lake Formation."
        ),
    })
}

fn caller(who: Option<&str>) -> &str {
    who.unwrap_or("you")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "arn:aws:iam::111122223333:user/ann";

    fn missing(sentence: &str) -> String {
        explain(sentence, "genomics", Some(ANN)).unwrap().missing
    }

    #[test]
    fn a_grant_is_named_with_its_table_and_its_principal() {
        let sentence = "Insufficient Lake Formation permission(s): Required Select on variants";
        let told = explain(sentence, "genomics", Some(ANN)).unwrap();
        let granted = format!("SELECT on genomics.variants to {ANN}.");
        assert_eq!(told.missing, format!("Lake Formation has not granted {granted}"));
        assert_eq!(told.remedy, format!("A data lake administrator can grant {granted}"));
        let hive = "FAILED: Execution Error, return code 1 from \
            org.apache.hadoop.hive.ql.exec.DDLTask. MetaException(message:Insufficient Lake \
            Formation permission(s): Required Create Database on Catalog (Service: \
            AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException; Request ID: x))";
        assert!(
            missing(hive).contains("granted CREATE DATABASE on Catalog to"),
            "{}",
            missing(hive)
        );
        let own = "AccessDeniedException: Insufficient Lake Formation permission(s): Required \
                   Drop on genomics.t for arn:aws:iam::000000000000:user/bob";
        assert!(
            missing(own)
                .ends_with("granted DROP on genomics.t to arn:aws:iam::000000000000:user/bob.")
        );
        let bare = "ERROR : Insufficient Lake Formation permission(s) on moj (Database name: moj) \
                    (Service: AWSGlue; Status Code: 400)";
        assert!(missing(bare).contains("granted the permission on moj to"), "{}", missing(bare));
    }

    #[test]
    fn a_column_may_be_missing_or_not_granted() {
        let sentence = "COLUMN_NOT_FOUND: line 2:8: Column 'birth_date' cannot be resolved or \
                        requester is not authorized to access requested resources";
        assert!(missing(sentence).contains("column birth_date, or Lake Formation"));
        assert!(missing("x: Relation contains no accessible columns").contains("no column"));
    }

    #[test]
    fn s3_is_told_from_lake_formation() {
        let read = "PERMISSION_DENIED: Permission denied on S3 path: s3://b/x/part-0";
        assert!(missing(read).contains("read s3://b/x/part-0: this is not"));
        let write = "PERMISSION_DENIED: Access denied when writing to location: s3://b/k: no";
        assert!(missing(write).contains("write s3://b/k:"));
    }

    #[test]
    fn other_errors_are_left_alone() {
        for sentence in
            ["", "line 1:1: mismatched input", "Query exhausted resources", "größe \u{1b}"]
        {
            assert_eq!(explain(sentence, "d", None), None, "{sentence}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_sentence_breaks_it(text in "(Insufficient Lake Formation permission\\(s\\)|: Required | on | for arn:|access denied|s3://|'|é|\\(| ){0,12}") {
            let _ = explain(&text, "d", None);
        }
    }
}
