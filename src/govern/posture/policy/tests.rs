use super::*;

const BARE: Request =
    Request { action: "s3:PutObject", on: On::Objects, secure: true, encryption: Header::Absent };
const AES: Request = Request { encryption: Header::Is("AES256"), ..BARE };
const KMS: Request = Request { encryption: Header::Is("aws:kms"), ..BARE };
const OPEN_LINE: Request = Request { secure: false, encryption: Header::Any, ..BARE };
const OPEN_LIST: Request = Request { action: "s3:ListBucket", on: On::Bucket, ..OPEN_LINE };

/// How surely a policy of this one statement denies the request on the bucket `lake`.
fn by(statement: &str, request: &Request) -> Denied {
    let json = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    Policy::parse(&json).unwrap().denies(request, "lake")
}

fn deny(action: &str, resource: &str, condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Principal":"*",{action},{resource},"Condition":{condition}}}"#)
}

const PUT: &str = r#""Action":"s3:PutObject""#;
const ALL: &str = r#""Resource":"arn:aws:s3:::lake/*""#;
const NOT_KMS: &str = r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#;

#[test]
fn a_header_that_is_not_kms_or_not_there() {
    for condition in [
        NOT_KMS,
        r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":["aws:kms","aws:kms:dsse"]}}"#,
        r#"{"stringnotequalsifexists":{"S3:X-AMZ-Server-Side-Encryption":"aws:kms"}}"#,
        r#"{"StringNotLike":{"s3:x-amz-server-side-encryption":"aws:kms*"}}"#,
        r#"{"ArnNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-2:1:key/2"}}"#,
    ] {
        let statement = deny(PUT, ALL, condition);
        assert_eq!(by(&statement, &BARE), Denied::Always, "{condition}");
        assert_eq!(by(&statement, &AES), Denied::Always, "{condition}");
    }
    assert_eq!(by(&deny(PUT, ALL, NOT_KMS), &KMS), Denied::No);
}

#[test]
fn two_statements_may_do_it_together() {
    let absent = deny(PUT, ALL, r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#);
    assert_eq!(by(&absent, &BARE), Denied::Always);
    assert_eq!(by(&absent, &AES), Denied::No, "the header is there");
    let other =
        deny(PUT, ALL, r#"{"StringEquals":{"s3:x-amz-server-side-encryption":["AES256"]}}"#);
    let both = format!("[{absent},{other}]");
    assert_eq!((by(&both, &BARE), by(&both, &AES)), (Denied::Always, Denied::Always));
    let present = deny(PUT, ALL, r#"{"Null":{"s3:x-amz-server-side-encryption":false}}"#);
    assert_eq!((by(&present, &BARE), by(&present, &AES)), (Denied::No, Denied::Always));
}

#[test]
fn actions_in_every_spelling() {
    for action in [
        r#""Action":["s3:GetObject","s3:putobject"]"#,
        r#""Action":"s3:*""#,
        r#""Action":"s3:Put*""#,
        r#""Action":"*""#,
        r#""NotAction":"s3:GetObject""#,
    ] {
        assert_eq!(by(&deny(action, ALL, NOT_KMS), &BARE), Denied::Always, "{action}");
    }
    for action in [r#""Action":"s3:GetObject""#, r#""NotAction":["s3:Put*"]"#] {
        assert_eq!(by(&deny(action, ALL, NOT_KMS), &BARE), Denied::No, "{action}");
    }
}

#[test]
fn a_part_of_the_bucket_is_not_the_bucket() {
    for resource in [
        r#""Resource":"*""#,
        r#""Resource":["arn:aws:s3:::other/*","arn:aws:s3:::lake*"]"#,
        r#""Resource":"arn:aws-us-gov:s3:::lake/*""#,
        r#""NotResource":"arn:aws:s3:::other/*""#,
    ] {
        assert_eq!(by(&deny(PUT, resource, NOT_KMS), &BARE), Denied::Always, "{resource}");
    }
    for resource in [
        r#""Resource":"arn:aws:s3:::lake""#,
        r#""Resource":"arn:aws:s3:::lake/in/*""#,
        r#""Resource":"arn:aws:s3:::lake/?""#,
        r#""Resource":"arn:aws:s3:::lake/*.parquet""#,
        r#""NotResource":"arn:aws:s3:::lake/*""#,
    ] {
        assert_eq!(by(&deny(PUT, resource, NOT_KMS), &BARE), Denied::No, "{resource}");
    }
}

#[test]
fn what_is_not_known_of_a_request_is_perhaps() {
    for (condition, on) in [
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::1:role/x"}}"#,
            "aws:PrincipalArn",
        ),
        (r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, "aws:SourceIp"),
        (r#"{"ForAnyValue:StringLike":{"aws:SecureTransport":"t*"}}"#, "ForAnyValue:StringLike"),
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"${aws:username}"}}"#,
            "s3:x-amz-server-side-encryption",
        ),
    ] {
        let found = by(&deny(PUT, ALL, condition), &BARE);
        assert_eq!(found, Denied::Perhaps(on.to_owned()), "{condition}");
    }
    // What certainly does not hold is settled.
    let never =
        r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":"false"}}"#;
    assert_eq!(by(&deny(PUT, ALL, never), &BARE), Denied::No);
}

#[test]
fn everybody_or_only_some() {
    let with = |principal: &str| {
        let statement = deny(PUT, ALL, NOT_KMS).replace(r#""Principal":"*""#, principal);
        by(&statement, &BARE)
    };
    assert_eq!(with(r#""Principal":{"AWS":"*"}"#), Denied::Always);
    assert_eq!(with(r#""Principal":{"AWS":["arn:aws:iam::1:root","*"]}"#), Denied::Always);
    assert_eq!(with(r#""Principal":{"AWS":"arn:aws:iam::1:user/ann"}"#), Denied::ToSome);
    assert_eq!(with(r#""Principal":{"Service":"*"}"#), Denied::ToSome);
    assert_eq!(with(r#""NotPrincipal":{"AWS":"arn:aws:iam::1:root"}"#), Denied::ToSome);
}

#[test]
fn lines_without_tls() {
    let whole = r#""Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"]"#;
    for value in [r#""false""#, "false", r#"["false"]"#] {
        let condition = format!(r#"{{"Bool":{{"aws:SecureTransport":{value}}}}}"#);
        let statement = deny(r#""Action":"s3:*""#, whole, &condition);
        assert_eq!(by(&statement, &OPEN_LINE), Denied::Always, "{value}");
        assert_eq!(by(&statement, &OPEN_LIST), Denied::Always, "{value}");
        assert_eq!(by(&statement, &KMS), Denied::No, "over TLS: {value}");
    }
    let objects =
        deny(r#""Action":"s3:*""#, ALL, r#"{"BoolIfExists":{"aws:SecureTransport":"false"}}"#);
    assert_eq!(by(&objects, &OPEN_LINE), Denied::Always);
    assert_eq!(by(&objects, &OPEN_LIST), Denied::No, "the bucket itself is left out");
    // It is no denial of open lines that only some writes are denied.
    assert!(matches!(by(&deny(PUT, ALL, NOT_KMS), &OPEN_LINE), Denied::Perhaps(_)));
}

#[test]
fn an_allow_denies_nothing_and_the_best_of_several_counts() {
    let allow = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    assert_eq!(by(allow, &BARE), Denied::No);
    let some = deny(PUT, ALL, NOT_KMS)
        .replace(r#""Principal":"*""#, r#""Principal":{"AWS":"arn:aws:iam::1:user/ann"}"#);
    let all = deny(PUT, ALL, NOT_KMS);
    assert_eq!(by(&format!("[{allow},{some},{all}]"), &BARE), Denied::Always);
    assert_eq!(by(&format!("[{allow},{some}]"), &BARE), Denied::ToSome);
    let bare = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#;
    assert_eq!(by(bare, &BARE), Denied::Always, "without a condition");
}

#[test]
fn what_is_no_policy_is_said_to_be_none() {
    for json in [
        "",
        "[]",
        "{}",
        r#"{"Statement":[1]}"#,
        r#"{"Statement":{"Effect":"Maybe"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":7,"Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","NotAction":"*","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":"x"}}"#,
    ] {
        assert!(Policy::parse(json).is_err(), "{json}");
    }
}
