//! Claims about the commands inside RUN.

use super::*;

#[test]
fn commands_are_told_apart() {
    assert_eq!(commands("a b && c;d|| e & f"), ["a·b", "c", "d", "e", "f"]);
    assert_eq!(commands("curl -fsSL u | tar xz"), ["curl·-fsSL·u -> tar", "tar·xz"]);
    assert_eq!(commands("curl u | sudo -E -u x bash -"), ["curl·u -> bash", "sudo·-E·-u·x·bash·-"]);
    assert_eq!(commands("curl u |& /bin/sh"), ["curl·u -> sh", "/bin/sh"]);
    assert_eq!(commands("A=1 B=\"x y\" c d=e"), ["{A: 1, B: x y}c·d=e"]);
    assert_eq!(commands("X=$(curl u | sh) && y"), ["{X: $(curl u | sh)}", "curl·u -> sh", "sh", "y"]);
    assert_eq!(commands("echo \"a $(b 'c)') d\" `e f`"), ["echo·a $(b 'c)') d·`e f`", "b·c)", "e·f"]);
    assert_eq!(commands("a > b 2>&1 < c && d &> e"), ["a", "d"]);
    assert_eq!(commands("bash <(curl u)"), ["bash·<(curl u)", "curl·u"]);
    assert_eq!(commands("a # b && c"), ["a"]);
    assert_eq!(commands("bash -euxc 'curl u | sh; x'"), ["bash·-euxc·curl u | sh; x", "curl·u -> sh", "sh", "x"]);
    assert_eq!(commands("sh -c \"a \\\"b\\\"\""), ["sh·-c·a \"b\"", "a·b"]);
}

#[test]
fn scripts_in_arguments_are_read() {
    assert_eq!(commands("su - u -c 'curl x | sh'"), ["su·-·u·-c·curl x | sh", "curl·x -> sh", "sh"]);
    assert_eq!(commands("eval \"a; b\""), ["eval·a; b", "a", "b"]);
    assert_eq!(commands("bash ./x -c y"), ["bash·./x·-c·y"]);
}

#[test]
fn arrays_are_no_commands() {
    assert_eq!(commands("a=(1 2 $(b) 3) && c"), ["{a: }", "b", "c"]);
    assert_eq!(commands("a=( && b"), ["{a: }"]);
}

#[test]
fn comments_between_branches_are_skipped() {
    assert_eq!(
        commands("<<E\ncase $x in\n# one (1)\na) b ;;\n# two (2)\nc) d ;;\n# end (3)\nesac\ne\nE"),
        ["b", "d", "e"]
    );
}

#[test]
fn compound_commands_are_looked_through() {
    assert_eq!(commands("if a; then b; elif c; then d; else e; fi"), ["a", "b", "c", "d", "e"]);
    assert_eq!(commands("for x in 1 2 $(ls); do y $x; done"), ["ls", "y·$x"]);
    assert_eq!(commands("while read l; do x; done < f"), ["read·l", "x"]);
    assert_eq!(commands("case $x in amd64) a ;; 'b)'|*) c && d ;; esac && e"), ["a", "c", "d", "e"]);
    assert_eq!(commands("(a; b) | sh"), ["a -> sh", "b -> sh", "sh"]);
    assert_eq!(commands("{ a; b; } | sh"), ["a -> sh", "b -> sh", "sh"]);
    assert_eq!(commands("a | (b; c)"), ["a -> b", "b", "c"]);
    assert_eq!(commands("if [[ -f a && b == c ]]; then d; fi"), ["[[·-f·a·&&·b·==·c·]]", "d"]);
    assert_eq!(commands("f() { a; }; ! b"), ["a", "b"]);
    assert_eq!(commands("function f { a; }"), ["a"]);
    assert_eq!(commands("echo $((1 + 2)) ${x:-a b} x"), ["echo·$((1 + 2))·${x:-a b}·x"]);
}

#[test]
fn words_of_commands_have_exact_places() {
    let text = "FROM a\nRUN apt-get update \\\n  && apt-get install -y 'cu'rl \\\n  && sh -c \"rm  -rf /x\"\n";
    let node = config(text);
    let word = |path: &str| slice(text, at(&node, &format!("stages.0.instructions.0.commands.{path}")).via);
    assert_eq!(word("1.words.3"), "'cu'rl");
    assert_eq!(word("1"), "apt-get install -y 'cu'rl");
    assert_eq!(word("3.words.1"), "-rf");
    assert_eq!(word("3"), "rm  -rf /x");
}

#[test]
fn prefixes_hide_no_program() {
    let program = |script: &str| instruction(&format!("RUN {script}"), "commands.0.program");
    assert_eq!(program("sudo -u root env A=1 time apt-get x"), "apt-get");
    assert_eq!(program("timeout -s KILL 10 curl x"), "curl");
    assert_eq!(program("sudo"), "sudo");
    assert_eq!(program("command -v curl"), "command");
    assert_eq!(program("command curl"), "curl");
    assert_eq!(instruction("RUN sudo x", "commands.0.name"), "sudo");
    assert_eq!(instruction("RUN /usr/bin/curl x", "commands.0.name"), "curl");
}

#[test]
fn a_shell_behind_a_wrapper_is_a_shell() {
    let node = config("FROM a\nSHELL [\"conda\", \"run\", \"-n\", \"x\", \"/bin/bash\", \"-c\"]\nRUN a\n");
    assert_eq!(shown(at(&node, "stages.0.instructions.1.commands.0.name")), "a");
}

#[test]
fn foreign_shells_give_no_commands() {
    let node = config(
        "FROM a AS x\nSHELL [\"powershell\", \"-Command\"]\nRUN a\nFROM x\nRUN b\nSHELL [\"/bin/bash\", \"-c\"]\nRUN c\n",
    );
    assert_eq!(shown(at(&node, "stages.0.instructions.1.commands")), "[]");
    assert_eq!(shown(at(&node, "stages.1.instructions.0.commands")), "[]");
    assert_eq!(shown(at(&node, "stages.1.instructions.2.commands.0.name")), "c");
}
