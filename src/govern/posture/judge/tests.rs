use super::*;
use crate::model::posture::Verdict;
use crate::model::trouble::Kind;

const ROLE: &str = "arn:aws:iam::111122223333:role/LakeRole";
const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess";

fn denied<T>() -> Asked<T> {
    Err(Trouble::new(Kind::Denied, "read the policy of s3://lake", "access denied")
        .hint("it needs s3:GetBucketPolicy on arn:aws:s3:::lake"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T18:00:00Z")
}

/// The verdict and its sentence.
fn told(finding: &Finding) -> (Verdict, &str) {
    (finding.verdict, &finding.found)
}

#[test]
fn a_call_that_failed_is_never_a_pass() {
    let mut all = vec![
        encryption(&denied()),
        key(&denied(), Some("alias/a"), None),
        bucket_key(&denied()),
        public_access(&denied()),
        versioning(&denied()),
        access_logs(&denied(), None, now()),
        abort_rule(&denied()),
        strays(&denied(), now()),
        registration(&denied(), None, "lake"),
    ];
    all.extend(policy(&denied(), "lake"));
    assert_eq!(all.len(), Check::ALL.len());
    for finding in all {
        assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
        assert!(finding.todo.unwrap().contains("it needs s3:GetBucketPolicy"));
    }
}

fn set(algorithm: &str, key: Option<&str>, bucket_key: bool) -> Asked<Option<DefaultEncryption>> {
    let kms_key = key.map(str::to_owned);
    Ok(Some(DefaultEncryption { algorithm: algorithm.to_owned(), kms_key, bucket_key }))
}

#[test]
fn kms_encrypts_by_default() {
    let verdict = |asked| encryption(&asked).verdict;
    assert_eq!(verdict(set("aws:kms", None, true)), Verdict::Pass);
    assert_eq!(verdict(set("aws:kms:dsse", None, false)), Verdict::Pass);
    assert_eq!(verdict(set("AES256", None, false)), Verdict::Fail);
    assert_eq!(verdict(Ok(None)), Verdict::Fail);
}

#[test]
fn the_key_is_the_configured_one_whatever_it_is_called() {
    const ARN: &str = "arn:aws:kms:eu-west-2:1:key/11";
    let of = |set_to: Option<&str>, configured: Option<&str>, keys: Option<Asked<Keys>>| {
        key(&set("aws:kms", set_to, true), configured, keys.as_ref())
    };
    let same = Keys { wanted: ARN.into(), set: ARN.into() };
    let other = Keys { wanted: ARN.into(), set: "arn:aws:kms:eu-west-2:1:key/22".into() };
    assert_eq!(of(Some(ARN), Some(ARN), None).verdict, Verdict::Pass);
    assert_eq!(of(Some("11"), Some(ARN), None).verdict, Verdict::Pass);
    assert_eq!(of(Some(ARN), Some("alias/a"), Some(Ok(same))).verdict, Verdict::Pass);
    let wrong = of(Some("22"), Some("alias/a"), Some(Ok(other)));
    assert_eq!(told(&wrong), (Verdict::Fail, "22, not alias/a"));
    assert_eq!(of(Some(ARN), Some("alias/a"), Some(denied())).verdict, Verdict::Unknown);
    assert_eq!(of(Some(ARN), None, None).verdict, Verdict::Warn);
    assert_eq!(of(None, Some(ARN), None).verdict, Verdict::Fail, "aws/s3");
    assert_eq!(key(&set("AES256", None, false), Some(ARN), None).verdict, Verdict::Fail);
    assert_eq!(key(&Ok(None), None, None).verdict, Verdict::Fail);
}

#[test]
fn bucket_keys_go_with_one_layer() {
    let verdict = |asked| bucket_key(&asked).verdict;
    assert_eq!(verdict(set("aws:kms", None, true)), Verdict::Pass);
    assert_eq!(verdict(set("aws:kms", None, false)), Verdict::Fail);
    assert_eq!(verdict(set("aws:kms:dsse", None, false)), Verdict::Pass);
    assert_eq!(verdict(set("AES256", None, true)), Verdict::Fail);
}

#[test]
fn all_four_blocks() {
    let on =
        PublicBlock { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };
    assert_eq!(public_access(&Ok(Some(on))).verdict, Verdict::Pass);
    let half = PublicBlock { ignore_acls: false, restrict: false, ..on };
    let found = public_access(&Ok(Some(half)));
    assert_eq!(told(&found), (Verdict::Fail, "off: IgnorePublicAcls, RestrictPublicBuckets"));
    assert_eq!(public_access(&Ok(None)).verdict, Verdict::Fail);
}

#[test]
fn versions_are_kept() {
    let verdict = |asked| versioning(&Ok(asked)).verdict;
    assert_eq!(verdict(Versioning::Enabled), Verdict::Pass);
    assert_eq!(verdict(Versioning::Suspended), Verdict::Fail);
    assert_eq!(verdict(Versioning::Off), Verdict::Fail);
}

#[test]
fn the_policy_is_judged_by_its_weakest_point() {
    let of = |json: &str| policy(&Ok(Some(json.to_owned())), "lake").map(|found| found.verdict);
    let [Verdict::Fail, Verdict::Fail] = policy(&Ok(None), "lake").map(|one| one.verdict) else {
        panic!("no policy");
    };
    assert_eq!(of("{"), [Verdict::Unknown; 2]);
    let statement = |action: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"],"Condition":{condition}}}"#
        )
    };
    let list = |statements: &[String]| format!(r#"{{"Statement":[{}]}}"#, statements.join(","));
    let kms = statement(
        "s3:PutObject",
        r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#,
    );
    let tls = |action| statement(action, r#"{"Bool":{"aws:SecureTransport":"false"}}"#);
    assert_eq!(of(&list(&[kms.clone(), tls("s3:*")])), [Verdict::Pass; 2]);
    assert_eq!(of(&list(std::slice::from_ref(&kms))), [Verdict::Pass, Verdict::Fail]);
    assert_eq!(of(&list(&[tls("s3:Get*")])), [Verdict::Fail; 2]);
    let absent = statement("s3:*", r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#);
    let found = policy(&Ok(Some(list(&[absent]))), "lake");
    assert_eq!(told(&found[0]), (Verdict::Fail, "a write that asks for AES256 is not denied"));
    let but = statement(
        "s3:PutObject",
        r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms","aws:PrincipalTag/x":"y"}}"#,
    );
    let found = policy(&Ok(Some(list(&[but]))), "lake");
    assert_eq!(found[0].verdict, Verdict::Unknown);
    assert!(found[0].found.ends_with("depends on aws:PrincipalTag/x"), "{}", found[0].found);
}

#[test]
fn logs_are_on_and_arrive() {
    let to =
        || Ok(Some(Logging { bucket: "logs".into(), prefix: "lake/".into(), partitioned: false }));
    let newest = |then: Option<&str>| Ok(then.map(at));
    let found = |newest| access_logs(&to(), Some(&newest), now());
    assert_eq!(access_logs(&Ok(None), None, now()).verdict, Verdict::Fail);
    let fresh = found(newest(Some("2026-11-21T09:00:00Z")));
    assert_eq!(
        told(&fresh),
        (Verdict::Pass, "to s3://logs/lake/, the newest of 2026-11-21 09:00 UTC")
    );
    assert_eq!(found(newest(Some("2026-11-01T09:00:00Z"))).verdict, Verdict::Warn);
    let none = found(newest(None));
    assert_eq!(none.verdict, Verdict::Warn);
    assert!(none.found.contains("no log object"), "{}", none.found);
    assert_eq!(found(denied()).verdict, Verdict::Unknown);
}

#[test]
fn a_rule_aborts_in_the_whole_bucket() {
    let rule = |enabled, scope, abort_after| {
        vec![LifecycleRule { id: "r".into(), enabled, scope, abort_after }]
    };
    let found = |rules| abort_rule(&Ok(rules));
    assert_eq!(found(rule(true, Scope::Whole, Some(7))).verdict, Verdict::Pass);
    for (rules, why) in [
        (Vec::new(), "no lifecycle rule aborts unfinished uploads"),
        (rule(true, Scope::Whole, None), "no lifecycle rule aborts unfinished uploads"),
        (rule(false, Scope::Whole, Some(7)), "the rule r is switched off"),
        (rule(true, Scope::Prefix("in/".into()), Some(7)), "the rule r is about in/ only"),
    ] {
        assert_eq!(told(&found(rules)), (Verdict::Fail, why));
    }
}

#[test]
fn strays_are_those_that_lie_there_for_a_day() {
    let found = |left| strays(&Ok(left), now());
    let none = Left { measured: true, ..Left::default() };
    assert_eq!(told(&found(none.clone())), (Verdict::Pass, "none is older than a day"));
    assert_eq!(found(Left { young: 2, ..none.clone() }).verdict, Verdict::Pass);
    let oldest = Some(at("2026-10-31T18:00:00Z"));
    let left = Left { old: 2, young: 1, bytes: 3 << 20, measured: false, oldest };
    assert_eq!(
        told(&found(left)),
        (
            Verdict::Fail,
            "2 unfinished uploads of at least 3.0 MiB, the oldest begun 21d 0h ago; 1 upload begun within a day may be under way"
        )
    );
}

#[test]
fn source_and_target_are_registered_and_analyst_is_not() {
    let one = |arn: &str, role: &str, hybrid| Registration {
        arn: arn.into(),
        role: Some(role.into()),
        hybrid,
        modified: None,
    };
    let found = |role, found: &[Registration], all| {
        registration(&Ok(Registered { found: found.to_vec(), all }), role, "lake")
    };
    let (source, analyst) = (Some(Role::Source), Some(Role::Analyst));
    let whole = one("arn:aws:s3:::lake", ROLE, false);
    assert_eq!(
        told(&found(source, std::slice::from_ref(&whole), true)),
        (Verdict::Pass, &*format!("arn:aws:s3:::lake is registered under {ROLE}"))
    );
    assert_eq!(found(source, &[], true).verdict, Verdict::Fail);
    assert_eq!(found(source, &[], false).verdict, Verdict::Fail);
    let linked = found(source, &[one("arn:aws:s3:::lake", LINKED, true)], true);
    assert_eq!(linked.verdict, Verdict::Warn);
    assert!(linked.found.ends_with("the service-linked role, in hybrid access mode"));
    let folder = one("arn:aws:s3:::lake/in", ROLE, false);
    assert_eq!(found(source, std::slice::from_ref(&folder), true).verdict, Verdict::Fail);
    assert_eq!(found(source, &[folder.clone(), whole.clone()], true).verdict, Verdict::Pass);
    assert_eq!(found(analyst, &[], true).verdict, Verdict::Pass);
    assert_eq!(found(analyst, &[], false).verdict, Verdict::Unknown, "folders may be");
    assert_eq!(found(analyst, &[folder], true).verdict, Verdict::Fail);
    assert_eq!(found(None, &[whole], true).verdict, Verdict::Pass);
}
