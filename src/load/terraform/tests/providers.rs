//! Which provider configuration a resource has, and what follows from it.

use super::*;

const TAGGED: &str = "resource \"aws_a\" \"a\" { tags = { own = \"1\" } }\n";

fn tags(world: &World, address: &str) -> (Json, Json) {
    let facets = &world.resource(address).facets;
    (show(&facets["tags"]), show(&facets["tags_complete"]))
}

#[test]
fn a_configuration_is_passed_through_several_levels() {
    let world = load(&[
        (
            "main.tf",
            "provider \"aws\" {\n  alias = \"x\"\n  region = \"us-east-1\"\n  default_tags { tags = { team = \"t\" } }\n}\n\
             module \"m\" {\n  source = \"./m\"\n  providers = { aws.main = aws.x }\n}\n\
             module \"no\" { source = \"./deep\" }\n",
        ),
        (
            "m/main.tf",
            "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.main]\n    }\n  }\n}\n\
             module \"deep\" {\n  source = \"../deep\"\n  providers = { aws = aws.main }\n}\n",
        ),
        ("deep/main.tf", TAGGED),
    ]);
    assert_eq!(world.messages(), [""; 0]);
    assert_eq!(tags(&world, "module.m.module.deep.aws_a.a"), (json!({"own": "1", "team": "t"}), json!(true)));
    assert_eq!(world.resource("module.m.module.deep.aws_a.a").region.as_deref(), Some("us-east-1"));
    // A configuration with an alias is nobody's default.
    assert_eq!(tags(&world, "module.no.aws_a.a"), (json!({"own": "1"}), json!("?")));
}

#[test]
fn an_empty_block_in_a_called_module_only_asks_for_a_configuration() {
    let world = load(&[
        (
            "main.tf",
            "provider \"aws\" {\n  region = \"eu-west-1\"\n  default_tags { tags = { team = \"t\" } }\n}\n\
             provider \"aws\" {\n  alias = \"w\"\n  region = \"us-west-2\"\n}\n\
             module \"m\" {\n  source = \"./m\"\n  providers = { aws.west = aws.w }\n}\n",
        ),
        (
            "m/main.tf",
            "provider \"aws\" {}\nprovider \"aws\" { alias = \"west\" }\nresource \"aws_a\" \"a\" {}\nresource \"aws_a\" \"w\" { provider = aws.west }\n",
        ),
    ]);
    assert_eq!(tags(&world, "module.m.aws_a.a"), (json!({"team": "t"}), json!(true)));
    assert_eq!(tags(&world, "module.m.aws_a.w"), (json!({}), json!(true)));
    assert_eq!(world.resource("module.m.aws_a.w").region.as_deref(), Some("us-west-2"));
}

#[test]
fn default_tags_may_come_from_variables_and_may_not_be_known() {
    let world = load(&[
        (
            "main.tf",
            "variable \"open\" { type = map(string) }\nmodule \"m\" {\n  source = \"./m\"\n  tags = { team = \"t\" }\n}\nmodule \"o\" {\n  source = \"./m\"\n  tags = var.open\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"tags\" { type = map(string) }\nprovider \"aws\" {\n  default_tags { tags = merge(var.tags, { more = \"1\" }) }\n}\nresource \"aws_a\" \"a\" {}\n",
        ),
    ]);
    assert_eq!(tags(&world, "module.m.aws_a.a"), (json!({"more": "1", "team": "t"}), json!(true)));
    assert_eq!(tags(&world, "module.o.aws_a.a"), (json!({}), json!("?")));
}

#[test]
fn a_provider_may_have_instances() {
    let world = one(
        "variable \"u\" {}\nprovider \"aws\" {\n  alias = \"by\"\n  for_each = { eu = \"eu-west-1\", us = \"us-east-1\" }\n  region = each.value\n\
           default_tags { tags = { at = each.key } }\n}\n\
         resource \"aws_a\" \"a\" {\n  for_each = toset([\"eu\", \"us\"])\n  provider = aws.by[each.key]\n}\n\
         resource \"aws_a\" \"u\" { provider = aws.by[var.u] }\n",
    );
    assert_eq!(world.resource("aws_a.a[\"us\"]").region.as_deref(), Some("us-east-1"));
    assert_eq!(tags(&world, "aws_a.a[\"eu\"]"), (json!({"at": "eu"}), json!(true)));
    assert_eq!(world.resource("aws_a.u").region, None);
    assert_eq!(tags(&world, "aws_a.u").0, json!({"at": "?id"}));
}

#[test]
fn a_region_of_the_resource_goes_before_that_of_its_provider() {
    let world = one(
        "variable \"u\" {}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\nresource \"aws_a\" \"own\" {\n  region = \"us-east-1\"\n}\n\
         resource \"aws_a\" \"null\" {\n  region = null\n}\nresource \"aws_a\" \"open\" {\n  region = var.u\n}\n",
    );
    let region = |address: &str| world.resource(address).region.as_deref();
    assert_eq!(
        (region("aws_a.own"), region("aws_a.null"), region("aws_a.open")),
        (Some("us-east-1"), Some("eu-west-1"), None)
    );
}
