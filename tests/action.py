#!/usr/bin/env python3
"""Runs the steps of action.yml as a runner would: its scripts for real, other actions only noted.

    tests/action.py [CASE...]

A server on loopback stands in for the releases. Needs python3, bash, git, curl and tar, and the binary that is built
(target/debug/stanchion, or $STANCHION_BIN). Exits with 1 if a case does not hold.
"""

import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("STANCHION_BIN", ROOT / "target/debug/stanchion")).resolve()
BAD = 'resource "aws_s3_bucket_acl" "a" {\n  bucket = "b"\n  acl    = "public-read"\n}\n'
GOOD = BAD.replace("public-read", "private")
UNUSED = 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n'


# --- reading action.yml, without a YAML library: the file is ours, and its form is checked by tests/lint-action.sh

def value(text):
    text = text.strip()
    if text.startswith('"') and text.endswith('"'):
        return json.loads(text)
    return re.sub(r"\s+#.*$", "", text)


def read_action():
    """Inputs with their defaults, outputs with their expressions, steps with their members."""
    inputs, outputs, steps = {}, {}, []
    section = name = part = None
    for line in (ROOT / "action.yml").read_text().splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        key, _, rest = line.strip().partition(":")
        if indent == 0:
            section = key
        elif section in ("inputs", "outputs"):
            if indent == 2:
                name = key
            elif key == ("default" if section == "inputs" else "value"):
                (inputs if section == "inputs" else outputs)[name] = value(rest)
        elif section == "runs" and indent >= 4:
            if line.strip().startswith("- "):
                steps.append({"env": {}, "with": {}})
                key, _, rest = line.strip()[2:].partition(":")
            if indent >= 8:
                steps[-1][part][key] = value(rest)
            elif rest.strip():
                steps[-1][key] = value(rest)
            else:
                part = key
    return inputs, outputs, steps


# --- the few expressions that action.yml uses

def term(text, context):
    text = text.strip()
    if text.startswith("'"):
        return text[1:-1]
    found = context
    for word in text.split("."):
        found = found.get(word) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def evaluate(text, context):
    for part in text.split("||"):
        found = "true"
        for clause in part.split("&&"):
            if "==" in clause or "!=" in clause:
                left, sign, right = re.split(r"(==|!=)", clause)
                found = "true" if (term(left, context) == term(right, context)) == (sign == "==") else ""
            else:
                found = term(clause, context)
            if not found:
                break
        if found:
            return found
    return ""


def expand(text, context):
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: evaluate(m.group(1), context), text)


# --- a release

def archive(version="0.1.0", says=None):
    """A release's archive whose program is the built one."""
    script = f'#!/bin/sh\nif [ "$1" = --version ]; then echo "stanchion {says or version}"; exit 0; fi\nexec "{BINARY}" "$@"\n'
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("stanchion")
        entry.size, entry.mode = len(script), 0o755
        tar.addfile(entry, io.BytesIO(script.encode()))
    return packed.getvalue()


FILES = {}


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = FILES.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


# --- running

class Run:
    """One job that uses the action in a repository of its own."""

    def __init__(self, port):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="stanchion action "))
        self.work = self.dir / "repository"
        self.work.mkdir()
        self.port = port
        self.event, self.event_name, self.extra = {}, "push", {}
        self.git("init", "-q", "-b", "main")

    def git(self, *args, cwd=None):
        user = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"]
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        subprocess.run(["git", *user, *args], cwd=cwd or self.work, check=True, env=env, capture_output=True)

    def write(self, path, text):
        (self.work / path).parent.mkdir(parents=True, exist_ok=True)
        (self.work / path).write_text(text)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "next", "--allow-empty")

    def change(self, fork=False):
        """A pull request against main, checked out with all of its history."""
        origin = self.dir / "origin"
        self.git("clone", "-q", "--bare", str(self.work), str(origin), cwd=self.dir)
        self.git("remote", "add", "origin", str(origin))
        self.git("fetch", "-q", "origin")
        self.pull_request(fork)

    def pull_request(self, fork=False):
        head = "stranger/repository" if fork else "owner/repository"
        self.event_name = "pull_request"
        self.event = {"pull_request": {"number": 7, "base": {"sha": ""}, "head": {"repo": {"full_name": head}}}}
        self.extra["GITHUB_BASE_REF"] = "main"

    def use(self, checksums=None, **given):
        inputs, outputs, steps = read_action()
        given = {name.replace("_", "-"): text for name, text in given.items()}
        assert not set(given) - set(inputs), set(given) - set(inputs)
        given.setdefault("download-base", f"http://127.0.0.1:{self.port}")
        given.setdefault("token", "")
        defaults = {name: expand(text, {}) for name, text in inputs.items()}
        context = {"inputs": {**defaults, **given}, "github": {"event": self.event}, "steps": {}}
        self.summary, temporary = self.dir / "summary", self.dir / "temp"
        temporary.mkdir(exist_ok=True)
        table = self.dir / "checksums.txt"
        table.write_text(TABLE if checksums is None else checksums)
        base = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "RUNNER_", "INPUT_", "GH_"))}
        self.said, self.used, self.code = "", [], 0
        for step in steps:
            if "if" in step and not evaluate(step["if"], context):
                continue
            if "uses" in step:
                self.used.append((step["uses"].split("@")[0], {k: expand(v, context) for k, v in step["with"].items()}))
                continue
            assert "${{" not in step["run"], step["run"]
            out = self.dir / "output"
            out.write_text("")
            env = {
                **base, "GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_OUTPUT": str(out),
                "GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_ENV": str(self.dir / "env"),
                "GITHUB_EVENT_NAME": self.event_name, "GITHUB_REPOSITORY": "owner/repository",
                "RUNNER_TEMP": str(temporary), "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
                "STANCHION_CHECKSUMS": str(table), **self.extra,
                **{k: expand(v, context) for k, v in step["env"].items()},
            }
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.work, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
            )
            self.said += ran.stdout
            lines = [line for line in out.read_text().splitlines() if line]
            context["steps"][step.get("id", "")] = {"outputs": dict(line.split("=", 1) for line in lines)}
            if ran.returncode != 0 and step.get("continue-on-error") != "true":
                self.code = ran.returncode
                break
        self.out = {name: expand(text, context) for name, text in outputs.items()}
        return self

    def uploads(self):
        return any(name == "github/codeql-action/upload-sarif" for name, _ in self.used)


def check(holds, run, what):
    if not holds:
        raise AssertionError(f"{what}\n  code {run.code}, outputs {run.out}, uses {run.used}\n{run.said}")


# --- the cases

def clean(run):
    run.write("main.tf", GOOD)
    run.commit()
    run.use(args="--select=aws-s3-public-acl", artifact="reports")
    check(run.code == 0 and run.out["exit-code"] == "0", run, "a clean tree passes")
    check((run.out["new"], run.out["total"], run.out["highest"]) == ("0", "0", "none"), run, "nothing is counted")
    check(run.out["incomplete"] == "false" and run.out["version"] == "0.1.0", run, "outputs are set")
    check(run.uploads(), run, "a clean report is uploaded too, so that old alerts close")
    check(any(name == "actions/upload-artifact" for name, _ in run.used), run, "the reports are kept")
    check(json.loads(pathlib.Path(run.out["json"]).read_text())["findings"] == [], run, "the JSON report is there")
    check(run.summary.read_text().strip() != "", run, "there is a summary")


def findings(run):
    run.write("main.tf", BAD)
    run.commit()
    run.use()
    check(run.code == 1 and run.out["exit-code"] == "1" and run.out["highest"] == "critical", run, "a finding fails the job")
    check("public-read" in run.summary.read_text() and run.uploads(), run, "and is shown before it does")
    run.use(fail_on="never")
    check(run.code == 0 and int(run.out["new"]) >= 1, run, "unless nothing is to fail it")


def incomplete(run):
    run.write("main.tf", "resource {{{\n")
    run.commit()
    run.use()
    check(run.code == 3 and run.out["incomplete"] == "true", run, "what cannot be read fails the job")
    run.use(strict="false")
    check(run.code == 0 and run.out["incomplete"] == "true", run, "unless it is not strict, and it says so all the same")


def empty_repository(run):
    run.use()
    check(run.code == 0 and run.out["total"] == "0", run, "nothing to judge is no failure")


def wrong_checksum(run):
    run.write("main.tf", BAD)
    run.commit()
    run.use(checksums=re.sub(r"(?m)^[0-9a-f]{64}", "0" * 64, TABLE))
    check(run.code == 2 and "nothing of it was run" in run.said, run, "another file is refused")
    check(run.out["exit-code"] == "" and not run.used, run, "and nothing else happens")
    run.use(checksum="zz")
    check(run.code == 2 and "is no SHA-256" in run.said, run, "a checksum that is none is refused")
    right = TABLE.split()[0]
    run.use(checksums="", checksum=right.upper())
    check(run.code == 1, run, "a checksum that is given stands for the table")


def unknown_version(run):
    run.use(version="9.9.9")
    check(run.code == 2 and "is not in the table" in run.said, run, "a version without a checksum is refused")
    for version in ("latest", "0.1.0; id", "$(id)", "../0.1.0", ""):
        run.use(version=version)
        check(run.code == 2 and "write it as 0.1.0" in run.said, run, f"{version!r} is no version")
    run.use(version="v0.1.0")
    check(run.code == 0, run, "a leading v is understood")
    run.use(version="0.3.0")
    check(run.code == 2 and "cannot be downloaded" in run.said, run, "a release that is not there is told of")
    run.use(version="0.2.0")
    check(run.code == 2 and "holds 'stanchion 0.1.0' instead" in run.said, run, "another version is refused")
    run.use(download_base="http://example.com")
    check(run.code == 2 and "https://" in run.said, run, "nothing is loaded without TLS")


def attestation(run):
    tools = run.dir / "tools"
    tools.mkdir()
    run.extra["PATH"] = f"{tools}:{os.environ['PATH']}"
    for status, code in ((0, 0), (1, 2)):
        (tools / "gh").write_text(f'#!/bin/sh\necho "gh $*" >> "{run.dir}/gh.log"\nexit {status}\n')
        (tools / "gh").chmod(0o755)
        run.use(token="token")
        check(run.code == code, run, f"a verification that ends with {status}")
    check("attestation verify" in (run.dir / "gh.log").read_text(), run, "gh was asked")
    run.use(token="token", verify_attestation="never")
    check(run.code == 0, run, "and is not when it is not wanted")


def odd_inputs(run):
    run.write("a folder/$(touch pwned)/main.tf", BAD)
    run.write("other/main.tf", BAD)
    run.write("rules of ours/x.rego", RULE)
    run.commit()
    run.use(paths="a folder/$(touch pwned)\n`touch pwned`.tf\r\n", policies="rules of ours")
    check(run.code == 2 and "does not exist" in run.said, run, "a path that is not there is told of")
    run.use(paths="a folder/$(touch pwned)\n", policies="rules of ours\n", category='x"; touch pwned',
            args="--select=aws-s3-public-acl\n--select=acme-*", config="", artifact="$(touch pwned)")
    check(run.code == 1 and run.out["total"] == "1", run, "paths with spaces and brackets are paths")
    run.use(args="--exclude=$(touch pwned) x; touch pwned")
    check(run.code == 1, run, "arguments are arguments")
    for name in ("fail_on", "min_severity", "new_only", "base_ref", "upload_sarif", "annotations", "strict", "config"):
        run.use(**{name: "$(touch pwned)\n`touch pwned`"} | ({"new_only": "true"} if name == "base_ref" else {}))
        check(run.code == 2, run, f"a strange {name} is refused")
    found = [path for path in run.dir.rglob("pwned")]
    check(not found and not (ROOT / "pwned").exists(), run, f"nothing of it is run: {found}")


def injected_commands(run):
    run.write("main.tf", BAD.replace('"a"', '"a"').replace('"b"', '"b\\n::error::pwned\\n##[error]pwned"'))
    run.write("::error::pwned.tf", "resource {{{\n")
    run.commit()
    run.use(annotations="on")
    stopped = None
    for line in run.said.splitlines():
        if stopped is None and line.startswith("::stop-commands::"):
            stopped = line.removeprefix("::stop-commands::")
        elif stopped is not None and line == f"::{stopped}::":
            stopped = None
        elif stopped is None:
            check(not line.startswith(("::error::pwned", "##[error]pwned")), run, "scanned text is no command")
    check(stopped is None, run, "commands are let through again")


def only_new(run):
    run.write("old/main.tf", BAD)
    run.commit()
    run.change()
    run.git("checkout", "-q", "-b", "topic")
    run.write("old/second.tf", UNUSED)
    run.commit()
    run.use(args="--select=aws-s3-public-acl")
    check(run.code == 0 and (run.out["new"], run.out["total"]) == ("0", "1"), run, "what was there does not count")
    run.write("new/main.tf", BAD)
    run.commit()
    run.use(args="--select=aws-s3-public-acl")
    check(run.code == 1 and (run.out["new"], run.out["total"]) == ("1", "2"), run, "what is new does")
    check("::error" in run.said, run, "and is an annotation")
    run.git("rm", "-q", "-r", "old", "new")
    run.commit()
    run.use(args="--select=aws-s3-public-acl")
    check(run.code == 0 and run.out["fixed"] == "1", run, "what is fixed is counted")
    run.use(args="--select=aws-s3-public-acl", base_ref="origin/main", new_only="true")
    check(run.code == 0 and run.out["fixed"] == "1", run, "a base can be named")


def merge_group(run):
    run.write("old/main.tf", BAD)
    run.commit()
    base = subprocess.run(["git", "rev-parse", "HEAD"], cwd=run.work, capture_output=True, text=True).stdout.strip()
    run.write("readme", "x\n")
    run.commit()
    run.event_name, run.event = "merge_group", {"merge_group": {"base_sha": base}}
    run.use(args="--select=aws-s3-public-acl")
    check(run.code == 0 and (run.out["new"], run.out["total"]) == ("0", "1"), run, "a merge group has a base, too")


def fork(run):
    run.write("main.tf", GOOD)
    run.commit()
    run.change(fork=True)
    run.write("main.tf", BAD)
    run.commit()
    run.use(args="--select=aws-s3-public-acl")
    check(run.code == 1 and not run.uploads(), run, "a fork uploads nothing, and fails all the same")
    check("::error" in run.said and "public-read" in run.summary.read_text(), run, "annotations and summary remain")
    run.use(args="--select=aws-s3-public-acl", upload_sarif="always")
    check(run.uploads(), run, "unless told to")


def shallow_clone(run):
    run.write("main.tf", GOOD)
    run.commit()
    run.commit()
    shallow = run.dir / "shallow"
    run.git("clone", "-q", "--depth=1", f"file://{run.work}", str(shallow), cwd=run.dir)
    run.git("remote", "set-branches", "origin", "topic", cwd=shallow)
    run.git("update-ref", "-d", "refs/remotes/origin/main", cwd=shallow)
    run.git("update-ref", "-d", "refs/remotes/origin/HEAD", cwd=shallow)
    run.git("checkout", "-q", "--detach", cwd=shallow)
    run.git("branch", "-q", "-D", "main", cwd=shallow)
    run.work = shallow
    run.pull_request()
    run.use()
    check(run.code == 2 and "git fetch" in run.said and "fetch-depth: 0" in run.said, run, "a missing base says how to get it")
    check(run.out["exit-code"] == "2" and not run.uploads(), run, "and nothing is passed off as clean")
    run.use(new_only="false")
    check(run.code == 0, run, "without a base, all is judged")


def comment(run):
    run.write("main.tf", GOOD)
    run.commit()
    run.change()
    run.write("main.tf", BAD)
    run.commit()
    tools = run.dir / "tools"
    tools.mkdir()
    log = run.dir / "gh.log"
    run.extra["PATH"] = f"{tools}:{os.environ['PATH']}"
    for known in ("", "42"):
        log.write_text("")
        (tools / "gh").write_text(
            f'#!/bin/sh\necho "gh $*" >> "{log}"\ncase "$*" in *--paginate*) echo "{known}";; esac\n'
            f'for last; do :; done\ncase "$last" in body=@*) cat "${{last#body=@}}" >> "{log}";; esac\n')
        (tools / "gh").chmod(0o755)
        run.use(comment="true")
        wanted = "--method PATCH repos/owner/repository/issues/comments/42" if known else "--method POST repos/owner/repository/issues/7/comments"
        said = log.read_text()
        check(wanted in said and "<!-- stanchion:stanchion -->" in said, run, f"one comment is kept: {said}")
    log.write_text("")
    run.use()
    check(log.read_text() == "", run, "and none is by default")


RULE = """# METADATA
# title: Nothing
# custom:
#   id: acme-nothing
#   severity: low
#   resource_types: [aws_sqs_queue]
package acme.nothing

deny contains "x" if input.config.nothing
"""
CASES = [clean, findings, incomplete, empty_repository, wrong_checksum, unknown_version, attestation, odd_inputs,
         injected_commands, only_new, merge_group, fork, shallow_clone, comment]


def main():
    global TABLE
    if not BINARY.is_file():
        sys.exit(f"{BINARY} is not there: cargo build")
    name = "stanchion-{}-x86_64-unknown-linux-musl.tar.gz"
    FILES["/v0.1.0/" + name.format("0.1.0")] = archive()
    FILES["/v0.2.0/" + name.format("0.2.0")] = archive("0.2.0", says="0.1.0")
    sums = {version: hashlib.sha256(FILES.get(f"/v{version}/" + name.format(version), b"")).hexdigest()
            for version in ("0.1.0", "0.2.0", "0.3.0")}
    TABLE = "".join(f"{digest}  {name.format(version)}\n" for version, digest in sums.items())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    failed = 0
    for case in CASES:
        if len(sys.argv) > 1 and case.__name__ not in sys.argv[1:]:
            continue
        run = Run(server.server_address[1])
        try:
            case(run)
            print(f"{case.__name__}: ok", flush=True)
        except (AssertionError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{case.__name__}: {error}", flush=True)
        finally:
            shutil.rmtree(run.dir, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
