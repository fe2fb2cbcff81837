//! Claims about broken, odd and hostile input.

use super::*;

#[test]
fn an_unknown_instruction_costs_only_its_line() {
    let (resources, problems, map) = run("FROM a\nRUM x\nUSER u\n");
    assert_eq!(at(&resources[0].config, "stages.0.instructions").as_list().unwrap().len(), 1);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.starts_with("unknown instruction 'RUM'"));
    assert_eq!(map.region(problems[0].span.unwrap()).start.line, 2);
    let (_, problems, _) = run(&format!("FROM a\n{}", "x\n".repeat(100)));
    assert_eq!(problems.len(), MAX_PROBLEMS + 1);
}

#[test]
fn a_file_without_from_is_a_problem() {
    for text in ["RUN x\n", "hello\nworld\n", "\u{0}\u{1}\n", "ARG a\nRUN x\n"] {
        let (resources, problems, _) = run(text);
        assert!(resources.is_empty(), "{text:?}");
        assert_eq!(problems.len(), 1, "{text:?}");
        assert!(problems[0].message.starts_with("no FROM instruction"));
    }
    for text in ["", "# only\n", "\n\n"] {
        let (resources, problems, _) = run(text);
        assert!(resources.is_empty() && problems.is_empty(), "{text:?}");
    }
    let (resources, problems, _) = run("ARG a\n");
    assert!(resources.len() == 1 && problems.is_empty());
    let (_, problems, _) = run("FROM\n");
    assert_eq!(problems.len(), 1);
}

#[test]
fn an_instruction_before_from_is_a_problem() {
    let (resources, problems, _) = run("RUN x\nFROM a\n");
    assert_eq!((resources.len(), problems.len()), (1, 1));
}

#[test]
fn rough_ends_are_survived() {
    let deep = format!("FROM a\nRUN {}", "$(".repeat(5000));
    let wide = format!("FROM a\nRUN {}", "sh -c \"".repeat(500));
    for text in [
        "FROM a\nRUN x \\",
        "FROM a\nRUN \\\n",
        "FROM a\nRUN \"x",
        "FROM a\nRUN 'x",
        "FROM a\nRUN $(x",
        "FROM a\nRUN `x",
        "FROM a\nRUN <<",
        "FROM a\nRUN x\\",
        "FROM a\rRUN x\r",
        "FROM a\nENV \\",
        "FROM a\nENV =",
        "FROM a\nUSER ${",
        "FROM ${a:-",
        "FROM a\nCOPY [",
        "FROM a\nONBUILD",
        "FROM a AS",
        "FROM a\nHEALTHCHECK",
        "FROM a\nRUN case x in",
        "FROM a\nRUN for",
        "FROM a\nRUN ) ) fi done",
        "FROM a\nRUN --",
        "FROM a\nRUN --mount",
        "FROM a\nEXPOSE /",
        "FROM @",
        "FROM :",
        &deep,
        &wide,
    ] {
        let (resources, _, _) = run(text);
        assert!(resources.len() <= 1);
    }
}

#[test]
fn long_repetitions_take_no_quadratic_time() {
    for bit in [
        "${",
        "$(",
        "`",
        "\"",
        "'",
        "(",
        ")",
        "{ ",
        "case x in ",
        "if ",
        "<<A ",
        "<(",
        "$((",
        "sh -c '",
        "a=",
        "\\\n",
        "[[ ",
        ";;",
        "| a ",
    ] {
        for start in ["RUN ", "USER ", "ENV a=", "COPY "] {
            let _ = run(&format!("FROM a\n{start}{}\n", bit.repeat(4_000)));
        }
    }
}

#[test]
fn byte_soup_never_panics() {
    let bits = [
        "FROM ",
        "a",
        "RUN ",
        "COPY ",
        "ENV ",
        "ARG ",
        "USER ",
        "ONBUILD ",
        "HEALTHCHECK ",
        "SHELL ",
        "\n",
        "\\\n",
        "\\",
        "`",
        "\"",
        "'",
        "$",
        "${",
        "}",
        ":-",
        "(",
        ")",
        "[",
        "]",
        ",",
        "<<EOF",
        "EOF\n",
        "<<-",
        "|",
        "&&",
        ";;",
        "case ",
        " in ",
        "esac",
        "if ",
        "fi",
        "{ ",
        "}",
        "#",
        "# escape=`\n",
        "=",
        "é",
        "😀",
        "\0",
        "\r",
        "\t",
        " ",
        "sh -c ",
        "sudo ",
        "for ",
        "do ",
        "done",
        "[[ ",
        "]]",
        ">",
        "<(",
        "@",
        ":",
        "/",
    ];
    let mut state: u64 = 7;
    for _ in 0..6000 {
        let mut text = String::from("FROM a\nRUN ");
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(bits[(state >> 33) as usize % bits.len()]);
        }
        let (resources, problems, _) = run(&text);
        for problem in problems {
            check(&text, problem.span.unwrap());
        }
        for resource in resources {
            walk(&text, &resource.config);
        }
    }
}

fn check(text: &str, span: Span) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
}

fn walk(text: &str, node: &Node) {
    check(text, node.via);
    check(text, node.origin);
    match &node.value {
        Value::List(items) => items.iter().for_each(|node| walk(text, node)),
        Value::Map(map) => map.values().for_each(|node| walk(text, node)),
        _ => {}
    }
}
