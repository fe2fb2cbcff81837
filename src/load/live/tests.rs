//! What becomes of things that other rooms have read.

use serde_json::json;

use super::*;

fn thing(kind: &str, id: &str, attributes: serde_json::Value) -> LiveObject {
    let serde_json::Value::Object(attributes) = attributes else { panic!() };
    LiveObject {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        kind: kind.into(),
        id: id.into(),
        arn: None,
        identity: BTreeMap::new(),
        attributes,
        unread: Vec::new(),
        parent: None,
        tags: BTreeMap::new(),
        captured: None,
    }
}

fn key(name: &str) -> PathStep {
    PathStep::Key(name.into())
}

#[test]
fn a_thing_is_known_by_its_arn_and_otherwise_by_type_and_id() {
    let arn: Arc<str> = "arn:aws:sqs:eu-west-1:123456789012:jobs".into();
    let queue = LiveObject { arn: Some(arn.clone()), ..thing("aws_sqs_queue", "https://q", json!({})) };
    let policy = LiveObject { arn: Some(arn.clone()), ..thing("aws_sqs_queue_policy", "https://q", json!({})) };
    let group = thing("aws_security_group", "sg-0abc1234", json!({}));
    let resources = live(&[queue, policy, group], &SourceMap::new());
    let addresses: Vec<&str> = resources.iter().map(|it| &*it.address).collect();
    assert_eq!(addresses, [&*arn, "aws_sqs_queue_policy/https://q", "aws_security_group/sg-0abc1234"]);
    assert_eq!(&*resources[0].scope, "aws/123456789012/eu-west-1");
    assert_eq!(resources[0].account.as_deref(), Some("123456789012"));
}

#[test]
fn what_was_not_read_is_unknown_and_may_be_absent() {
    let mut group = thing("aws_security_group", "sg-0abc1234", json!({"ingress": [{"from_port": 22}], "name": "web"}));
    group.unread = vec![
        vec![key("description")],
        vec![key("ingress"), PathStep::Index(0), key("cidr_blocks")],
        vec![key("egress")],
        vec![key("ingress"), PathStep::Index(7), key("self")],
    ];
    let resources = live(&[group], &SourceMap::new());
    let config = &resources[0].config;
    let unknown = config.key("description").unwrap().as_unknown().unwrap();
    assert!(unknown.nullable && unknown.shape == Shape::String);
    assert_eq!(&*unknown.cause, "description was not read");
    let rule = &config.key("ingress").unwrap().as_list().unwrap()[0];
    assert_eq!(rule.key("cidr_blocks").unwrap().as_unknown().unwrap().shape, Shape::List);
    assert_eq!(config.key("egress").unwrap().as_unknown().unwrap().shape, Shape::List);
    assert_eq!(config.key("name").unwrap().as_str(), Some("web"));
}

#[test]
fn unread_tags_leave_it_open_whether_tags_are_complete() {
    let mut queue = thing("aws_sqs_queue", "https://q", json!({"name": "jobs"}));
    let complete = |queue: &LiveObject| {
        let resources = live(std::slice::from_ref(queue), &SourceMap::new());
        resources[0].facets.get("tags_complete").and_then(Node::as_bool)
    };
    assert_eq!(complete(&queue), Some(true));
    queue.unread = vec![vec![key("tags")], vec![key("tags_all")]];
    assert_eq!(complete(&queue), None);
}

#[test]
fn things_refer_to_others_by_arn_generated_id_and_as_parts() {
    let role = LiveObject {
        arn: Some("arn:aws:iam::123456789012:role/app".into()),
        ..thing("aws_iam_role", "app", json!({"name": "app"}))
    };
    let group = thing("aws_security_group", "sg-0abc1234", json!({"name": "web"}));
    let mut function = thing(
        "aws_lambda_function",
        "web",
        json!({"role": "arn:aws:iam::123456789012:role/app", "vpc_config": [{"security_group_ids": ["sg-0abc1234"]}], "handler": "app"}),
    );
    function.parent = Some(("aws_iam_role".into(), "app".into()));
    let resources = live(&[role, group, function], &SourceMap::new());
    let edges: Vec<(&str, &str)> = resources[2].edges.iter().map(|it| (&*it.attribute, &*it.to)).collect();
    let role = "arn:aws:iam::123456789012:role/app";
    // `handler = "app"` is the role's name by chance; being a part of it is said by the parent alone.
    assert!(edges.contains(&("role", role)) && edges.contains(&("vpc_config", "aws_security_group/sg-0abc1234")));
    assert!(resources[0].edges.is_empty() && resources[1].edges.is_empty());
    let other = LiveObject { account: "210987654321".into(), ..thing("aws_x", "y", json!({"role": role})) };
    assert!(live(&[other], &SourceMap::new())[0].edges.is_empty(), "another account");
}

#[test]
fn parts_that_were_not_read_leave_links_open() {
    let mut bucket = thing("aws_s3_bucket", "b", json!({"bucket": "b"}));
    bucket.unread = vec![vec![key("aws_s3_bucket_acl")]];
    let part = |bucket: &str| LiveObject {
        parent: Some(("aws_s3_bucket".into(), bucket.into())),
        ..thing("aws_s3_bucket_policy", bucket, json!({"bucket": bucket}))
    };
    let resources = live(&[bucket, part("b"), part("gone")], &SourceMap::new());
    let open = |index: usize| resources[index].open_links.iter().map(|it| &**it).collect::<Vec<_>>();
    assert_eq!(open(0), ["aws_s3_bucket_acl of b was not read"]);
    assert_eq!(open(1), ["aws_s3_bucket_acl of b was not read"]);
    assert_eq!(open(2), ["the aws_s3_bucket gone was not read"]);
    assert!(resources[0].config.key("aws_s3_bucket_acl").is_none());
    assert!(resources[0].open_links_for(|kind| kind == "aws_s3_bucket_logging").is_empty());
    assert_eq!(resources[2].open_links_for(|_| false).len(), 1);
}

#[test]
fn documents_are_trees_and_secrets_are_concealed() {
    let text = r#"{"Statement":[{"Effect":"Allow"}]}"#;
    let policy = thing("aws_s3_bucket_policy", "b", json!({"bucket": "b", "policy": text}));
    let database = thing("aws_db_instance", "d", json!({"password": "not-a-real-one", "port": "5432", "tags": {}}));
    let sources = SourceMap::new();
    let resources = live(&[policy, database], &sources);
    let statement = resources[0].config.key("policy").unwrap().key("Statement").unwrap();
    assert_eq!(statement.as_list().unwrap()[0].key("Effect").unwrap().as_str(), Some("Allow"));
    assert!(resources[1].config.key("password").unwrap().marks.sensitive);
    assert!(matches!(&resources[1].config.key("port").unwrap().value, Value::Number(number) if &**number == "5432"));
    assert!(resources[1].config.key("tags").is_none());
}
