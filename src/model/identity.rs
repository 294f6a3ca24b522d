//! Who we are, and where.

use jiff::Timestamp;

/// What STS GetCallerIdentity answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `arn:aws:sts::111122223333:assumed-role/DataLakeManager/ann`.
    pub arn: String,
}

impl Identity {
    /// The short name a header has room for: the role, the user, or `root`.
    pub fn role(&self) -> &str {
        let resource = self.arn.rsplit(':').next().unwrap_or(&self.arn);
        let mut parts = resource.split('/');
        match (parts.next(), parts.next()) {
            (Some(_), Some(name)) => name,
            (Some(only), None) => only,
            _ => resource,
        }
    }
}

/// The credentials' own account of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Session {
    /// When the credentials end, where they say so.
    pub expires: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> String {
        Identity { account: String::new(), arn: arn.into() }.role().to_owned()
    }

    #[test]
    fn the_role_is_the_part_a_person_knows() {
        assert_eq!(role("arn:aws:sts::1:assumed-role/Manager/ann"), "Manager");
        assert_eq!(role("arn:aws:iam::1:user/ann"), "ann");
        assert_eq!(role("arn:aws:iam::1:root"), "root");
    }
}
