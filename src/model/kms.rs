//! Names of KMS keys: ids, aliases, and the ARNs of both.

/// True for `arn:aws:kms:…:key/…`.
pub fn is_key_arn(name: &str) -> bool {
    name.starts_with("arn:") && name.contains(":key/")
}

/// True for `alias/…` and the ARN of one: which key it stands for is for KMS to say.
pub fn is_alias(name: &str) -> bool {
    last(name).starts_with("alias/")
}

/// True where both name the same key: two ARNs when they are equal, an id and an ARN when the
/// ARN ends in the id. Says nothing of aliases.
pub fn are_same(one: &str, other: &str) -> bool {
    one == other || (id(one) == id(other) && !(is_key_arn(one) && is_key_arn(other)))
}

/// What is left of a name without account and region. Some stores write `arn:aws:kms:NAME`.
fn last(name: &str) -> &str {
    match name.strip_prefix("arn:") {
        Some(arn) => arn.rsplit(':').next().unwrap_or(arn),
        None => name,
    }
}

fn id(name: &str) -> &str {
    let last = last(name);
    last.strip_prefix("key/").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-2:1:key/11-22";

    #[test]
    fn an_id_is_the_end_of_its_arn() {
        assert!(are_same(ARN, ARN) && are_same(ARN, "11-22") && are_same("11-22", ARN));
        assert!(!are_same(ARN, "11-23") && !are_same("11-22", "11-23"));
        assert!(are_same("my-key", "arn:aws:kms:my-key"), "as MinIO names one");
    }

    #[test]
    fn the_same_id_elsewhere_is_another_key() {
        assert!(!are_same(ARN, &ARN.replace("eu-west-2", "eu-west-1")));
        assert!(!are_same(ARN, &ARN.replace(":1:", ":2:")));
    }

    #[test]
    fn aliases_are_told_from_keys() {
        assert!(is_alias("alias/lake") && is_alias("arn:aws:kms:eu-west-2:1:alias/a/b"));
        assert!(!is_alias(ARN) && !is_alias("11-22") && !is_alias(""));
        assert!(is_key_arn(ARN) && !is_key_arn("11-22") && !is_key_arn("alias/key/"));
    }
}
