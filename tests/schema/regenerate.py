#!/usr/bin/env python3
"""Makes src/model/schema/aws.txt from a checkout of lonegunmanb/terraform-aws-schema (MIT).

    git clone --depth 1 https://github.com/lonegunmanb/terraform-aws-schema
    tests/schema/regenerate.py terraform-aws-schema > src/model/schema/aws.txt

That repository holds the output of `terraform providers schema -json` as one Go file per resource type. The result has one
line per type, sorted; `src/model/schema/mod.rs` says how to read it. Blocks nested deeper than DEPTH are left out:
no policy reads that deep, and a few generated types repeat themselves there for hundreds of kilobytes.
"""

import json
import pathlib
import re
import subprocess
import sys

DEPTH = 5
PRIMITIVE = {"string": "s", "number": "n", "bool": "b", "dynamic": "*"}
COLLECTION = {"list": "l", "set": "e", "map": "m"}


def type_code(kind):
    """`s`, `ls` (list of strings), `mb`, `o(name:s,port:n)`."""
    if isinstance(kind, str):
        return PRIMITIVE[kind]
    shape, inner = kind
    if shape == "object":
        return "o(" + ",".join(f"{name}:{type_code(inner[name])}" for name in sorted(inner)) + ")"
    if shape == "tuple":
        return "l*"
    return COLLECTION[shape] + type_code(inner)


def nested_type(nested, depth):
    body = attributes(nested.get("attributes", {}), depth + 1)
    return {"single": "1", "list": "L", "set": "S", "map": "M"}[nested["nesting_mode"]] + "{" + " ".join(body) + "}"


def attributes(named, depth):
    out = []
    for name in sorted(named):
        it = named[name]
        optional, computed = it.get("optional", False), it.get("computed", False)
        flag = "r" if it.get("required") else "x" if optional and computed else "o" if optional else "c"
        flag += "!" if it.get("sensitive") else ""
        flag += "~" if it.get("write_only") else ""
        if "nested_type" in it:
            kind = nested_type(it["nested_type"], depth) if depth < DEPTH else "*"
        else:
            kind = type_code(it["type"])
        out.append(f"{name}={flag}{kind}")
    return out


def block(body, depth):
    out = attributes(body.get("attributes", {}), depth)
    for name in sorted(body.get("block_types", {})):
        if name == "timeouts":
            continue
        it = body["block_types"][name]
        shape = {"list": "L", "set": "S", "single": "1", "group": "1", "map": "M"}[it["nesting_mode"]]
        # At most one: written as a block, it stands for a single object.
        if shape == "L" and it.get("max_items") == 1:
            shape = "U"
        inside = " ".join(block(it["block"], depth + 1)) if depth < DEPTH else "..."
        out.append(f"{name}:{shape}{{{inside}}}")
    return out


def main():
    root = pathlib.Path(sys.argv[1])
    version = subprocess.run(["git", "-C", root, "describe", "--tags"], capture_output=True, text=True).stdout.strip()
    lines = []
    for path in sorted((root / "generated" / "resource").glob("aws*.go")):
        # A backtick inside is written as a concatenation.
        source = re.sub(r'`\s*\+\s*"(`+)"\s*\+\s*`', "'", path.read_text())
        text = re.search(r"`(.*)`", source, re.S)
        name = re.search(r"^const (\w+) = ", source, re.M)
        if text is None or name is None:
            continue
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", name.group(1)).lower()
        lines.append((words, " ".join(block(json.loads(text.group(1))["block"], 1))))
    register = (root / "generated" / "register.go").read_text()
    exact = {re.sub(r"[^a-z0-9]", "", kind): kind for kind in re.findall(r'"(aws_[a-z0-9_]+)"', register)}
    print(f"# terraform-provider-aws {version}, from lonegunmanb/terraform-aws-schema (MIT); made by tests/schema/regenerate.py")
    for kind, body in sorted((exact.get(re.sub(r"[^a-z0-9]", "", words), words), body) for words, body in lines):
        print(kind, body)


if __name__ == "__main__":
    main()
