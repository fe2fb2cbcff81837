//! Claims about this room, one test each.

mod hostile;
mod run;

use super::*;
use crate::model::{Node, PathStep, Value};

fn run(text: &str) -> (Vec<Resource>, Vec<Problem>, SourceMap) {
    let map = SourceMap::new();
    let file = map.add("Dockerfile", text);
    let outcome = load(&map, file);
    (outcome.value, outcome.problems, map)
}

fn config(text: &str) -> Node {
    let (mut resources, problems, _) = run(text);
    assert_eq!(problems, []);
    assert_eq!(resources.len(), 1);
    resources.remove(0).config
}

fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(node, |node, step| {
        node.get(&step.parse().map_or_else(|_| PathStep::Key(step.into()), PathStep::Index))
    })
}

fn at<'n>(node: &'n Node, path: &str) -> &'n Node {
    find(node, path).unwrap_or_else(|| panic!("no {path} in {}", shown(node)))
}

/// The tree as compact text, unknowns as `?` with their known parts.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entries: Vec<String> = map.iter().map(|(key, node)| format!("{key}: {}", shown(node))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Document(_) => "document".into(),
        Value::Unknown(unknown) if unknown.parts.is_empty() => "?".into(),
        Value::Unknown(unknown) => {
            let part = |part: &crate::model::Part| match part {
                crate::model::Part::Known(text) => text.to_string(),
                crate::model::Part::Hole { .. } => "?".into(),
            };
            unknown.parts.iter().map(part).collect()
        }
    }
}

fn see(text: &str, path: &str) -> String {
    shown(at(&config(text), path))
}

/// The first instruction behind `FROM a`.
fn instruction(line: &str, field: &str) -> String {
    see(&format!("FROM a\n{line}"), &format!("stages.0.instructions.0.{field}"))
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// `name words -> pipe` of each command.
fn commands(script: &str) -> Vec<String> {
    let config = config(&format!("FROM a\nRUN {script}\n"));
    at(&config, "stages.0.instructions.0.commands").as_list().unwrap().iter().map(command).collect()
}

fn command(node: &Node) -> String {
    let mut out = String::new();
    if let Some(assignments) = node.key("assignments") {
        out.push_str(&shown(assignments));
    }
    out.push_str(&node.key("words").unwrap().as_list().unwrap().iter().map(shown).collect::<Vec<_>>().join("·"));
    if let Some(target) = node.key("piped_to") {
        out.push_str(" -> ");
        out.push_str(&shown(target));
    }
    out
}

#[test]
fn names_of_dockerfiles_are_claimed() {
    for path in [
        "Dockerfile",
        "a/dockerfile",
        "Dockerfile.prod",
        "prod.Dockerfile",
        "x.DOCKERFILE",
        "Containerfile",
        "Containerfile.x",
        "Dockerfile-alpine",
        "Dockerfile_ci",
    ] {
        assert!(claims(path), "{path}");
    }
    for path in [
        ".dockerignore",
        "Dockerfile.dockerignore",
        "Dockerfile.template",
        "Dockerfile.tmpl",
        "Dockerfile.j2",
        "Dockerfile.erb",
        "dockerfile.go",
        "dockerfile_parser.py",
        "Dockerfiles",
        "mydockerfile",
        "Dockerfile/a",
        "Dockerfile.md",
    ] {
        assert!(!claims(path), "{path}");
    }
}

#[test]
fn templates_are_told_apart() {
    assert!(is_template("{{ x }}\nFROM a\n"));
    assert!(is_template("FROM a\n{{ if x }}\nRUN b\n{{ end }}\n"));
    assert!(is_template("FROM a\nRUN b \\\n{{ if x }}\n c\n{{ end }}\n"));
    assert!(is_template("FROM a\n{{Insert(\"x\",\n  [1])}}\n"));
    assert!(!is_template("FROM a\nCOPY <<EOF /x\n{{ range . }}\nEOF\n"));
    assert!(!is_template("FROM a\nRUN docker inspect -f '{{ .x }}'\n"));
}

#[test]
fn parser_directives_end_with_the_first_other_line() {
    let text = "# syntax = docker/dockerfile:1\n# check=skip=all\n# a comment\n# escape=`\nFROM a\nRUN b \\\n c\n";
    let node = config(text);
    assert_eq!(shown(at(&node, "syntax")), "docker/dockerfile:1");
    assert_eq!(shown(at(&node, "check")), "skip=all");
    assert!(find(&node, "escape").is_none());
    assert_eq!(shown(at(&node, "stages.0.instructions.0.args")), "[b, c]");
}

#[test]
fn another_escape_character_continues_lines_and_means_windows() {
    let text = "# escape=`\nFROM a\nRUN dir C:\\ `\n  /s\nCOPY a\\b c:\\d\\\n";
    let node = config(text);
    assert_eq!(shown(at(&node, "stages.0.instructions.0.text")), "dir C:\\   /s");
    assert_eq!(shown(at(&node, "stages.0.instructions.0.commands")), "[]");
    assert_eq!(shown(at(&node, "stages.0.instructions.1.destination")), "c:\\d\\");
}

#[test]
fn comments_and_blank_lines_inside_a_continuation_are_skipped() {
    let text = "FROM a\nRUN x && \\\n  # note \\\n\n   y\\\nz\n# end\nUSER u\n";
    let node = config(text);
    assert_eq!(shown(at(&node, "stages.0.instructions.0.args")), "[x, &&, yz]");
    let word = at(&node, "stages.0.instructions.0.args.2");
    assert_eq!(slice(text, word.via), "y\\\nz");
    assert_eq!(shown(at(&node, "stages.0.instructions.1.user")), "u");
}

#[test]
fn two_escapes_at_the_end_do_not_continue() {
    let node = config("FROM a\nRUN x \\\\\nUSER u\n");
    assert_eq!(at(&node, "stages.0.instructions").as_list().unwrap().len(), 2);
}

#[test]
fn an_instruction_points_at_its_first_line() {
    let text = "\u{feff}FROM a\r\n  run x \\\r\n  && y\r\n";
    let node = config(text);
    let run = at(&node, "stages.0.instructions.0");
    assert_eq!(slice(text, run.via), "run x \\");
    assert_eq!(shown(at(run, "name")), "RUN");
    assert_eq!(slice(text, at(run, "text").via), "x \\\r\n  && y");
    assert_eq!(slice(text, at(run, "commands.1.words.0").via), "y");
    assert_eq!(slice(text, at(&node, "stages.0").via), "FROM a");
}

#[test]
fn heredocs_are_read_whole() {
    let text = "FROM a\nRUN <<EOF cat > x && <<-'B' tr\nl1 $x\nEOF\n\tl2\n\tB\nCOPY <<\"F\" /dest/\ntext\nF\nUSER u\n";
    let node = config(text);
    let run = at(&node, "stages.0.instructions.0");
    assert_eq!(shown(at(run, "heredocs.0")), "{chomp: false, content: l1 $x\n, expand: true, name: EOF}");
    assert_eq!(shown(at(run, "heredocs.1")), "{chomp: true, content: l2\n, expand: false, name: B}");
    assert_eq!(slice(text, at(run, "heredocs.0.content").via), "l1 $x");
    let copy = at(&node, "stages.0.instructions.1");
    assert_eq!((shown(at(copy, "sources")), shown(at(copy, "destination"))), ("[]".into(), "/dest/".into()));
    assert_eq!(shown(at(&node, "stages.0.instructions.2.user")), "u");
}

#[test]
fn a_heredoc_script_gives_its_commands() {
    let text = "FROM a\nRUN <<EOF\nset -e\n# note\ncurl -k u | sh\nEOF\n";
    let node = config(text);
    let list: Vec<String> =
        at(&node, "stages.0.instructions.0.commands").as_list().unwrap().iter().map(command).collect();
    assert_eq!(list, ["set·-e", "curl·-k·u -> sh", "sh"]);
    assert_eq!(slice(text, at(&node, "stages.0.instructions.0.commands.1.words.1").via), "-k");
    assert_eq!(commands("<<EOF bash\nid\nEOF"), ["bash", "id"]);
    assert_eq!(commands("python3 <<EOF\nimport os\nEOF"), ["python3"]);
    assert_eq!(commands("<<EOF\n#!/usr/bin/env python3\nimport os\nEOF"), [""; 0]);
    assert_eq!(commands("<<EOF\n#!/bin/bash\nid\nEOF"), ["id"]);
    assert_eq!(commands("<<EOF\ncat <<X\nnot this\nX\nid\nEOF"), ["cat", "id"]);
}

#[test]
fn an_unterminated_heredoc_is_a_problem() {
    let (resources, problems, _) = run("FROM a\nRUN <<EOF\nid\n");
    assert_eq!((resources.len(), problems.len()), (1, 1));
    assert!(problems[0].message.contains("EOF"));
}

#[test]
fn json_form_falls_back_to_shell_form() {
    assert_eq!(instruction("CMD [\"a\", \"b c\\n\"]", "args"), "[a, b c\n]");
    assert_eq!(instruction("CMD [\"a\", \"b\"]", "form"), "exec");
    assert_eq!(instruction("ENTRYPOINT []", "form"), "exec");
    for line in ["CMD [a, b]", "CMD ['a']", "CMD [\"a\"", "CMD [\"a\"] b", "CMD [1]", "CMD [\"a\",]"] {
        assert_eq!(instruction(line, "form"), "shell", "{line}");
    }
    assert_eq!(instruction("RUN [\"/usr/bin/curl\", \"-k\"]", "commands.0.name"), "curl");
    assert_eq!(commands("[\"/bin/sh\", \"-c\", \"curl x | sh\"]"), ["/bin/sh·-c·curl x | sh", "curl·x -> sh", "sh"]);
}

#[test]
fn flags_are_read_and_repeatable_ones_are_lists() {
    let line = "RUN --mount=type=secret,id=a --network=none --mount=type=cache --security=insecure echo --x";
    assert_eq!(
        instruction(line, "flags"),
        "{mount: [type=secret,id=a, type=cache], network: none, security: insecure}"
    );
    assert_eq!(instruction(line, "text"), "echo --x");
    assert_eq!(instruction("COPY --link --chown=a:b x y", "flags"), "{chown: a:b, link: true}");
    assert_eq!(instruction("HEALTHCHECK --interval=5s CMD [\"a\"]", "args"), "[CMD, a]");
    assert_eq!(instruction("HEALTHCHECK NONE", "args"), "[NONE]");
    assert_eq!(instruction("ENTRYPOINT --x", "args"), "[--x]");
}

#[test]
fn onbuild_is_unwrapped() {
    assert_eq!(instruction("ONBUILD RUN id", "name"), "RUN");
    assert_eq!(instruction("ONBUILD RUN id", "onbuild"), "true");
    assert_eq!(instruction("RUN id", "onbuild"), "false");
    assert_eq!(instruction("onbuild onbuild copy a b", "destination"), "b");
}

#[test]
fn a_base_image_is_taken_apart() {
    for (from, expected) in [
        ("debian", "{image: debian, reference: debian}"),
        ("debian:12", "{image: debian, reference: debian:12, tag: 12}"),
        ("r:5000/a/b", "{image: r:5000/a/b, reference: r:5000/a/b}"),
        ("r:5000/a/b:t@sha256:00", "{digest: sha256:00, image: r:5000/a/b, reference: r:5000/a/b:t@sha256:00, tag: t}"),
        ("scratch", "{image: scratch, reference: scratch}"),
        ("--platform=linux/amd64 a", "{image: a, platform: linux/amd64, reference: a}"),
    ] {
        assert_eq!(see(&format!("FROM {from}\n"), "stages.0.base"), expected);
    }
}

#[test]
fn what_a_base_image_leaves_open_is_unknown() {
    for (from, expected) in [
        ("a:$V", "{digest: ?, image: a, reference: a:?, tag: ?}"),
        ("a:1-$V", "{digest: ?, image: a, reference: a:1-?, tag: 1-?}"),
        ("$V", "{digest: ?, image: ?, reference: ?, tag: ?}"),
        ("${V}:1", "{image: ?, reference: ?:1, tag: 1}"),
        ("$V/a:1", "{image: ?/a, reference: ?/a:1, tag: 1}"),
        ("a@$V", "{digest: ?, image: a, reference: a@?}"),
        ("${V:-debian}:12", "{image: debian, reference: debian:12, tag: 12}"),
    ] {
        assert_eq!(see(&format!("ARG V\nFROM {from}\n"), "stages.0.base"), expected, "{from}");
    }
    let node = config("ARG V\nFROM a:$V\n");
    assert_eq!(&*at(&node, "stages.0.base.tag").as_unknown().unwrap().cause, "ARG V has no default");
    assert!(!at(&node, "stages.0.base.tag").as_unknown().unwrap().nullable);
    assert!(at(&node, "stages.0.base.digest").as_unknown().unwrap().nullable);
    let node = config("FROM --platform=$BUILDPLATFORM a\n");
    assert_eq!(
        &*at(&node, "stages.0.base.platform").as_unknown().unwrap().cause,
        "BUILDPLATFORM is set by the builder"
    );
}

#[test]
fn a_default_is_put_in_and_remembered() {
    let text = "ARG V=12\nARG W=debian:$V\nFROM $W\n";
    let node = config(text);
    assert_eq!(shown(at(&node, "args")), "[{name: V, value: 12}, {name: W, value: debian:12}]");
    let tag = at(&node, "stages.0.base.tag");
    assert_eq!(shown(tag), "12");
    assert_eq!((slice(text, tag.via), slice(text, tag.origin)), ("$W", "W=debian:$V"));
    assert!(tag.marks.defaulted);
}

#[test]
fn stages_have_names_and_refer_to_each_other() {
    let text = "FROM a AS Build\nENV X=1\nFROM b\nCOPY --from=build /a /b\nCOPY --from=0 a b\nCOPY --from=nginx a b\nCOPY --from=1 a b\nFROM build as last\nWORKDIR /$X\n";
    let node = config(text);
    assert_eq!(shown(at(&node, "stages.0.name")), "Build");
    assert!(find(&node, "stages.1.name").is_none());
    assert_eq!(shown(at(&node, "stages.1.instructions.0.from_stage")), "0");
    assert_eq!(shown(at(&node, "stages.1.instructions.1.from_stage")), "0");
    assert_eq!(shown(at(&node, "stages.1.instructions.2.flags.from")), "nginx");
    assert!(find(&node, "stages.1.instructions.2.from_stage").is_none());
    assert!(find(&node, "stages.1.instructions.3.from_stage").is_none());
    assert_eq!(shown(at(&node, "stages.2.base.stage")), "Build");
    assert_eq!(shown(at(&node, "stages.2.instructions.0.args")), "[/1]");
    let finals: Vec<String> = (0..3).map(|index| shown(at(&node, &format!("stages.{index}.final")))).collect();
    assert_eq!(finals, ["false", "false", "true"]);
}

#[test]
fn args_and_environment_follow_their_scopes() {
    let inside = |lines: &str| {
        let node = config(&format!("ARG G=g\nARG N\nFROM a\n{lines}\n"));
        let list = at(&node, "stages.0.instructions").as_list().unwrap().to_vec();
        shown(at(list.last().unwrap(), "args.0"))
    };
    assert_eq!(inside("USER $G"), "?");
    assert_eq!(inside("ARG G\nUSER $G"), "g");
    assert_eq!(inside("ARG G=h\nUSER $G"), "h");
    assert_eq!(inside("ARG N\nUSER $N"), "?");
    assert_eq!(inside("ARG N\nUSER x${N}y"), "x?y");
    assert_eq!(inside("ARG N\nUSER ${N:-d}"), "d");
    assert_eq!(inside("ENV E=1\nARG E=2\nUSER $E"), "1");
    assert_eq!(inside("ARG E=2\nENV E=1\nUSER ${E}"), "1");
    assert_eq!(inside("ENV A=1 B=$A\nUSER a$B"), "a?");
    assert_eq!(inside("ENV A 1 2\nUSER $A"), "1 2");
    assert_eq!(inside("ENV A=\nUSER ${A:-d}${A-e}"), "d");
    assert_eq!(inside("ENV A=1\nUSER ${A:+b}${A:-c}"), "b1");
    assert_eq!(inside("ENV A=1\nUSER ${A:-${B:-c}}x"), "1x");
    assert_eq!(inside("ENV A=b\nUSER '$A'\\$A\"$A\""), "$A$Ab");
    assert_eq!(inside("ENV A=b\nUSER ${A#b}"), "?");
    assert_eq!(inside("USER ${PATH:+x}"), "?");
    assert_eq!(see("FROM scratch\nUSER a$X\n", "stages.0.instructions.0.user"), "a");
}

#[test]
fn pairs_hold_names_and_values() {
    assert_eq!(
        instruction("ENV a=1 b=\"x y\" c=", "pairs"),
        "[{name: a, value: 1}, {name: b, value: x y}, {name: c, value: }]"
    );
    assert_eq!(instruction("ENV a b=c", "pairs"), "[{name: a, value: b=c}]");
    assert_eq!(instruction("LABEL \"a.b\"=c", "pairs"), "[{name: a.b, value: c}]");
    assert_eq!(instruction("ARG a b=1", "pairs"), "[{name: a}, {name: b, value: 1}]");
    let text = "FROM a\nENV k=\"v w\"\n";
    let node = config(text);
    assert_eq!(slice(text, at(&node, "stages.0.instructions.0.pairs.0.value").via), "\"v w\"");
    assert_eq!(slice(text, at(&node, "stages.0.instructions.0.pairs.0").via), "k=\"v w\"");
}

#[test]
fn users_and_ports_are_taken_apart() {
    assert_eq!(instruction("USER a:b", "user"), "a");
    assert_eq!(instruction("USER a:b", "group"), "b");
    assert_eq!(
        instruction("EXPOSE 22 80/UDP 1-3 $P", "ports"),
        "[{port: 22, protocol: tcp}, {port: 80, protocol: udp}, {port: 1-3, protocol: tcp}, {port: ?, protocol: ?}]"
    );
}

#[test]
fn paths_lead_to_commands() {
    let node = config("FROM a\nFROM b\nUSER u\nRUN a && b\n");
    assert_eq!(shown(at(&node, "stages.1.instructions.1.path")), "[stages, 1, instructions, 1]");
    assert_eq!(
        shown(at(&node, "stages.1.instructions.1.commands.1.path")),
        "[stages, 1, instructions, 1, commands, 1]"
    );
}
