use super::*;

const REFERENCE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "DenyUnencrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
     "Resource": "arn:aws:s3:::lake/*",
     "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
    {"Sid": "TLS", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*",
     "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]}"#;

fn judge(policy: &str, who: &Principal, action: &str, key: &str, sse: Option<&str>) -> Verdict {
    let resource = if key.is_empty() {
        "arn:aws:s3:::lake".to_owned()
    } else {
        format!("arn:aws:s3:::lake/{key}")
    };
    let headers = PutOptions { sse: sse.map(str::to_owned), ..Default::default() };
    let request = Request { who, action, resource: &resource, headers: Some(&headers) };
    Policy::parse(policy, "lake").unwrap().judge(&request)
}

fn analyst() -> Principal {
    Principal::User("analyst".into())
}

#[test]
fn the_reference_lake_wants_the_header_itself() {
    let put = |sse| judge(REFERENCE, &Principal::Administrator, "s3:PutObject", "a/b", sse);
    assert_eq!(put(None), Verdict::Denied);
    assert_eq!(put(Some("AES256")), Verdict::Denied);
    assert_eq!(put(Some("aws:kms")), Verdict::Silent);
    assert_eq!(judge(REFERENCE, &analyst(), "s3:GetObject", "a/b", None), Verdict::Silent);
}

fn with(condition: &str) -> String {
    format!(
        r#"{{"Statement": {{"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*", "Condition": {condition}}}}}"#
    )
}

#[test]
fn operators() {
    let sse = "s3:x-amz-server-side-encryption";
    for (condition, value, denied) in [
        (format!(r#"{{"Null": {{"{sse}": "true"}}}}"#), None, true),
        (format!(r#"{{"Null": {{"{sse}": true}}}}"#), Some("AES256"), false),
        (format!(r#"{{"StringEquals": {{"{sse}": ["AES256", "x"]}}}}"#), Some("AES256"), true),
        (format!(r#"{{"StringEquals": {{"{sse}": "AES256"}}}}"#), None, false),
        (format!(r#"{{"StringNotEqualsIfExists": {{"{sse}": "aws:kms"}}}}"#), None, true),
        (format!(r#"{{"StringEqualsIfExists": {{"{sse}": "aws:kms"}}}}"#), None, true),
        (format!(r#"{{"StringNotLike": {{"{sse}": "aws:*"}}}}"#), Some("aws:kms:dsse"), false),
        (format!(r#"{{"StringEqualsIgnoreCase": {{"{sse}": "aes256"}}}}"#), Some("AES256"), true),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#.to_owned(), None, true),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/an*"}}"#.to_owned(), None, true),
    ] {
        let want = if denied { Verdict::Denied } else { Verdict::Silent };
        assert_eq!(
            judge(&with(&condition), &analyst(), "s3:PutObject", "k", value),
            want,
            "{condition} {value:?}"
        );
    }
}

#[test]
fn a_key_is_compared_by_its_arn_whatever_the_request_calls_it() {
    let arn = crate::local::kms::key_arn("alias/lake");
    let condition = format!(
        r#"{{"StringNotEquals": {{"s3:x-amz-server-side-encryption-aws-kms-key-id": "{arn}"}}}}"#
    );
    let policy = Policy::parse(&with(&condition), "lake").unwrap();
    let put = |key: &str| {
        let headers = PutOptions { kms_key: Some(key.into()), ..Default::default() };
        let (who, action) = (&Principal::Administrator, "s3:PutObject");
        let headers = Some(&headers);
        policy.judge(&Request { who, action, resource: "arn:aws:s3:::lake/k", headers })
    };
    assert_eq!((put("alias/lake"), put(&arn)), (Verdict::Silent, Verdict::Silent));
    assert_eq!(put("alias/other"), Verdict::Denied);
}

#[test]
fn all_conditions_must_hold() {
    let both = with(
        r#"{"Bool": {"aws:SecureTransport": "true"}, "Null": {"s3:x-amz-server-side-encryption": "true"}}"#,
    );
    assert_eq!(judge(&both, &analyst(), "s3:PutObject", "k", None), Verdict::Denied);
    assert_eq!(judge(&both, &analyst(), "s3:PutObject", "k", Some("aws:kms")), Verdict::Silent);
}

#[test]
fn principals_and_negations() {
    let policy = r#"{"Statement": [
      {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/analyst"}, "Action": ["s3:DeleteObject"], "Resource": "arn:aws:s3:::lake/tmp/*"},
      {"Effect": "Deny", "Principal": {"AWS": "000000000000"}, "NotAction": "s3:Get*", "NotResource": "arn:aws:s3:::lake/tmp/*"}]}"#;
    assert_eq!(judge(policy, &analyst(), "s3:DeleteObject", "tmp/x", None), Verdict::Allowed);
    assert_eq!(
        judge(policy, &Principal::User("other".into()), "s3:DeleteObject", "tmp/x", None),
        Verdict::Silent
    );
    assert_eq!(judge(policy, &analyst(), "s3:DeleteObject", "x", None), Verdict::Denied);
    assert_eq!(judge(policy, &analyst(), "s3:GetObject", "x", None), Verdict::Silent);
}

#[test]
fn what_cannot_be_enforced_is_refused() {
    for policy in [
        "",
        "[]",
        "{}",
        r#"{"Statement": []}"#,
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}}"#,
        r#"{"Statement": {"Effect": "Maybe", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "ec2:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}}"#,
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Extra": 1}}"#,
        &with(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#),
        &with(r#"{"NullIfExists": {"aws:SecureTransport": "true"}}"#),
        &with(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#),
        &with(r#"{"StringEquals": {"aws:PrincipalArn": "${aws:username}"}}"#),
    ] {
        assert_eq!(Policy::parse(policy, "lake").unwrap_err().code, "MalformedPolicy", "{policy}");
    }
}
