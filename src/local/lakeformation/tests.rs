use super::*;
use crate::local::state::State;

const LAKE: &str = "arn:aws:s3:::lake";
const ROLE: &str = "arn:aws:iam::000000000000:role/LakeRole";

fn service() -> (tempfile::TempDir, LakeFormation) {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path()).unwrap();
    let catalog = Catalog::open(state.clone()).unwrap();
    (dir, LakeFormation::new(Registrations::open(state).unwrap(), catalog))
}

fn ask(service: &LakeFormation, op: &str, input: Value) -> Result<Value, String> {
    service.answer(&Principal::Administrator, op, &input).map_err(|why| why.code)
}

#[test]
fn registered_described_listed_and_deregistered() {
    let (_dir, service) = service();
    let of = json!({ "ResourceArn": LAKE });
    assert_eq!(
        ask(&service, "DescribeResource", of.clone()),
        Err("EntityNotFoundException".into())
    );
    let new = json!({ "ResourceArn": LAKE, "RoleArn": ROLE, "HybridAccessEnabled": true });
    ask(&service, "RegisterResource", new.clone()).unwrap();
    assert_eq!(ask(&service, "RegisterResource", new), Err("AlreadyExistsException".into()));
    let told = ask(&service, "DescribeResource", json!({ "ResourceArn": format!("{LAKE}/") }));
    let told = told.unwrap()["ResourceInfo"].clone();
    assert_eq!((&told["RoleArn"], &told["HybridAccessEnabled"]), (&json!(ROLE), &json!(true)));
    assert!(told["LastModified"].as_i64().unwrap() > 1_700_000_000);
    let listed = ask(&service, "ListResources", json!({})).unwrap();
    assert_eq!(listed["ResourceInfoList"], json!([told]));
    ask(&service, "DeregisterResource", of.clone()).unwrap();
    assert_eq!(ask(&service, "DeregisterResource", of), Err("EntityNotFoundException".into()));
}

#[test]
fn a_registration_names_one_role() {
    let (_dir, service) = service();
    for wrong in [
        json!({ "RoleArn": ROLE }),
        json!({ "ResourceArn": "s3://lake", "RoleArn": ROLE }),
        json!({ "ResourceArn": LAKE }),
        json!({ "ResourceArn": LAKE, "RoleArn": "LakeRole" }),
        json!({ "ResourceArn": LAKE, "RoleArn": ROLE, "UseServiceLinkedRole": true }),
        json!({ "ResourceArn": LAKE, "RoleArn": ROLE, "WithFederation": true }),
    ] {
        let refused = ask(&service, "RegisterResource", wrong.clone());
        assert_eq!(refused, Err("InvalidInputException".into()), "{wrong}");
    }
    let linked = json!({ "ResourceArn": LAKE, "UseServiceLinkedRole": true });
    ask(&service, "RegisterResource", linked).unwrap();
    let told = ask(&service, "DescribeResource", json!({ "ResourceArn": LAKE })).unwrap();
    let role = told["ResourceInfo"]["RoleArn"].as_str().unwrap();
    assert!(role.contains(":role/aws-service-role/lakeformation.amazonaws.com/"), "{role}");
}

#[test]
fn lists_are_paged_and_filtered() {
    let (_dir, service) = service();
    for n in 0..5 {
        let arn = format!("{LAKE}/{n}");
        let new = json!({ "ResourceArn": arn, "RoleArn": format!("{ROLE}{}", n % 2) });
        ask(&service, "RegisterResource", new).unwrap();
    }
    let list = |input: Value| {
        let answer = ask(&service, "ListResources", input).unwrap();
        let all = answer["ResourceInfoList"].as_array().unwrap().clone();
        let arns: Vec<String> = all
            .iter()
            .map(|one| one["ResourceArn"].as_str().unwrap()[LAKE.len() + 1..].to_owned())
            .collect();
        (arns.concat(), answer.get("NextToken").cloned())
    };
    let (first, next) = list(json!({ "MaxResults": 3 }));
    let (rest, end) = list(json!({ "MaxResults": 3, "NextToken": next }));
    assert_eq!((first.as_str(), rest.as_str(), end), ("012", "34", None));
    let by = |field: &str, operator: &str, values: &[String]| {
        let condition =
            json!({ "Field": field, "ComparisonOperator": operator, "StringValueList": values });
        list(json!({ "FilterConditionList": [condition] })).0
    };
    assert_eq!(by("ROLE_ARN", "EQ", &[format!("{ROLE}1")]), "13");
    assert_eq!(by("RESOURCE_ARN", "IN", &[format!("{LAKE}/0"), format!("{LAKE}/4")]), "04");
    assert_eq!(by("RESOURCE_ARN", "NOT_CONTAINS", &["/2".into()]), "0134");
    let odd = json!({ "FilterConditionList": [{ "Field": "LAST_MODIFIED",
        "ComparisonOperator": "GT", "StringValueList": ["0"] }] });
    assert_eq!(ask(&service, "ListResources", odd), Err("InvalidInputException".into()));
}

#[test]
fn only_the_administrator_is_answered() {
    let (_dir, service) = service();
    let ann = Principal::named("ann").unwrap();
    for op in ["ListResources", "DescribeResource", "RegisterResource", "DeregisterResource"] {
        let why = service.answer(&ann, op, &json!({ "ResourceArn": LAKE })).unwrap_err();
        assert_eq!((why.code.as_str(), why.status), ("AccessDeniedException", 403), "{op}");
        assert!(why.message.contains("user/ann"), "{}", why.message);
    }
    assert_eq!(
        ask(&service, "GrantPermissions", json!({})),
        Err("UnknownOperationException".into())
    );
}

#[test]
fn a_database_is_open_to_whomever_iam_lets() {
    let (_dir, service) = service();
    let of = |name: &str| json!({ "Resource": { "Database": { "Name": name } } });
    let told = ask(&service, "ListPermissions", of("default")).unwrap();
    let grant = &told["PrincipalResourcePermissions"][0];
    let principal = &grant["Principal"]["DataLakePrincipalIdentifier"];
    assert_eq!(
        (principal, &grant["Permissions"][0]),
        (&json!("IAM_ALLOWED_PRINCIPALS"), &json!("ALL"))
    );
    let missing = ask(&service, "ListPermissions", of("nowhere"));
    assert_eq!(missing, Err("EntityNotFoundException".into()));
    let all = ask(&service, "ListPermissions", json!({}));
    assert_eq!(all, Err("InvalidInputException".into()));
}
