#!/usr/bin/env python3
"""The program against servers that behave like AWS: moto (IAM, STS, Organizations) and ministack (Cloud Control, IAM).

    cargo build && tests/emulators.py [BINARY]

Installs pinned versions below target/emulators, starts both on loopback, runs, and stops what it started. No AWS, no token, no
container. Exits with 77 where they cannot be installed. What neither emulates is covered by the server of our own in tests/it/fake_aws.
"""

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "emulators"
# Their ranges of botocore exclude each other: each gets an environment of its own.
PINNED = {"moto": ["moto[server]==5.2.5", "boto3==1.44.5"], "ministack": ["ministack==1.5.33"]}
# As for other test drivers: nothing was tested.
NOT_INSTALLED = 77
REGION = "eu-west-1"
OWN = "123456789012"
STACK = "111122223333"


def environment(name):
    home = HOME / name
    mark = home / "installed"
    if not mark.exists() or mark.read_text().split() != PINNED[name]:
        venv.create(home, with_pip=True)
        pip = [home / "bin" / "pip", "--disable-pip-version-check", "-q", "install", *PINNED[name]]
        if subprocess.run(pip).returncode != 0:
            print(f"{' and '.join(PINNED[name])} cannot be installed: is PyPI reached?", file=sys.stderr)
            sys.exit(NOT_INSTALLED)
        mark.write_text("\n".join(PINNED[name]))
    return home / "bin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process on loopback that is stopped with the block."""

    def __init__(self, name, command, port, env=None):
        self.url = f"http://127.0.0.1:{port}"
        self.log = HOME / f"{name}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**clean, **(env or {})}, start_new_session=True
            )

    def __enter__(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url, timeout=2)
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        sys.exit(f"{self.url} did not start; see {self.log}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def refusing(upstream, account):
    """Passes STS calls on, but lets nobody into one account: moto never refuses."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            role = urllib.parse.parse_qs(body.decode()).get("RoleArn", [""])[0]
            if f"::{account}:" in role:
                status, answer = 403, (
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: "
                    "sts:AssumeRole</Message></Error><RequestId>x</RequestId></ErrorResponse>"
                ).encode()
            else:
                headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "content-length")}
                host = {"Host": f"sts.{REGION}.amazonaws.com"}
                request = urllib.request.Request(upstream, body, {**headers, **host})
                try:
                    with urllib.request.urlopen(request, timeout=10) as reply:
                        status, answer = reply.status, reply.read()
                except urllib.error.HTTPError as error:
                    status, answer = error.code, error.read()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def stanchion(binary, cwd, args, env):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-real-key", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [binary, *args], cwd=cwd, env={**clean, **keys, **env}, capture_output=True, text=True, timeout=300
    )
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{args} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def snapshot(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [it["record"] for it in lines if "record" in it], [it["listing"] for it in lines if "listing" in it]


def equal(what, found, expected):
    if found != expected:
        sys.exit(f"FAILED {what}\n  expected {json.dumps(expected, indent=1)}\n  found    {json.dumps(found, indent=1)}")
    print(f"ok  {what}")


def clients(url, region=REGION, key="AKIAIOSFODNN7EXAMPLE"):
    import boto3

    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key="not-a-real-key", region_name=region)
    return lambda service, **more: session.client(service, endpoint_url=url, **more)


TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
})
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-logs/*"}]}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def organization(binary, moto, stack, work):
    """IAM of an organization: three accounts besides one's own, one of which refuses."""
    own = clients(moto.url)
    own("organizations").create_organization(FeatureSet="ALL")
    members = [
        own("organizations").create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        for name in ("one", "two", "closed")
    ]
    closed = members[2]
    for number, account in enumerate([OWN, *members[:2]]):
        if account == OWN:
            inside = own
        else:
            role = own("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/reader", RoleSessionName="setup")["Credentials"]
            import boto3

            session = boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"], REGION)
            inside = lambda service, session=session: session.client(service, endpoint_url=moto.url)
        iam = inside("iam")
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName=f"role-{number}", PolicyName="inline", PolicyDocument=json.dumps(ALL))
        arn = iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=f"role-{number}", PolicyArn=arn)
        iam.create_user(UserName=f"user-{number}")
        iam.create_login_profile(UserName=f"user-{number}", Password="Not-a-real-1")
        iam.create_group(GroupName=f"group-{number}")
    proxy = refusing(moto.url, closed)
    env = {
        "AWS_ENDPOINT_URL": moto.url,
        "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{proxy.server_address[1]}",
        # moto has no Cloud Control: an empty one keeps the run short.
        "AWS_ENDPOINT_URL_CLOUDCONTROL": stack.url,
    }
    args = ["live", "--org", "--role-name", "reader", "--external-id", "let-me-in", "--region", REGION]
    args += ["--isolated", "--snapshot-out", "org.jsonl", "--format", "json=org.json", "--format", "text=org.txt"]
    done = stanchion(binary, work, args, env)
    proxy.shutdown()
    records, listings = snapshot(work / "org.jsonl")
    accounts = sorted([OWN, *members[:2]])
    # moto makes that role in every account, as AWS does.
    made = "OrganizationAccountAccessRole"
    of = lambda kind: sorted({(it["account"], it["id"]) for it in records if it["kind"] == kind and it["id"] != made})
    names = {account: str(number) for number, account in enumerate([OWN, *members[:2]])}
    for kind, name in (("Role", "role"), ("User", "user"), ("Group", "group")):
        equal(f"every account's {name}s are read", of(f"AWS::IAM::{kind}"), [(it, f"{name}-{names[it]}") for it in accounts])
    documents = [it["value"]["RolePolicyList"][0]["PolicyDocument"] for it in records if it["kind"] == "AWS::IAM::Role" and it["id"] != made]
    equal("documents are decoded", documents, [ALL] * 3)
    users = [user for user in of("Stanchion::IAM::CredentialReport") if user[1] != "<root_account>"]
    equal("every account's credential report is read", users, [(it, f"user-{names[it]}") for it in accounts])
    equal("nothing of the closed account", [it for it in records if it["account"] == closed], [])
    equal("the closed account is a gap", [it["gap"]["reason"] for it in listings if it["account"] == closed and it["kind"] == "*"], ["denied"])
    report = json.loads((work / "org.json").read_text())
    told = [it for it in report["problems"] if closed in it.get("subject", "")]
    equal("the closed account is told once, with its role", (len(told), "role/reader" in told[0]["message"]), (1, True))
    no_mfa = sorted(it["resource"]["address"] for it in report["findings"] if it["policy"] == "aws-account-console-user-no-mfa" and it["verdict"] == "fail")
    equal("users without a second factor are found in each account", no_mfa, sorted(f"arn:aws:iam::{it}:user/user-{names[it]}" for it in accounts))
    equal("the exit status says that something is found", done.returncode, 1)


def used(binary, moto, stack, work):
    """What a role last used: ministack answers, moto does not know the question."""
    for name, server, expected in (("ministack", stack, "read"), ("moto", moto, "a gap")):
        (work / name).mkdir()
        iam = clients(server.url)("iam")
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName="deployer", PolicyName="inline", PolicyDocument=json.dumps(ALL))
        env = {"AWS_ENDPOINT_URL": server.url, "AWS_ENDPOINT_URL_CLOUDCONTROL": stack.url}
        args = ["live", "--region", REGION, "--isolated", "--last-accessed", "40", "--select", "aws-iam-unused-permissions"]
        done = stanchion(binary, work / name, [*args, "--snapshot-out", "used.jsonl", "--format", "json=used.json"], env)
        records, listings = snapshot(work / name / "used.jsonl")
        records = {it["id"]: it["value"] for it in records if it["kind"] == "Stanchion::IAM::LastAccessed"}
        gaps = [it["gap"]["reason"] for it in listings if it["kind"] == "Stanchion::IAM::LastAccessed" and "gap" in it]
        report = json.loads((work / name / "used.json").read_text())
        told = [it["message"] for it in report["problems"] if "LastAccessed" in it["message"]]
        if expected == "read":
            equal(f"{name}: the role was asked about", "role/deployer" in records, True)
            equal(f"{name}: nothing of it is a gap", gaps, [])
            services = records["role/deployer"]["services"]
            equal(f"{name}: services have names, and the answer a time", (all(it["namespace"] for it in services), "as_of" in records["role/deployer"]), (True, True))
        else:
            equal(f"{name}: no answer is a gap", (records, gaps, len(told)), ({}, ["failed"], 1))
            equal(f"{name}: and no finding, and the exit status says so", (report["findings"], done.returncode), ([], 3))


def state(resources):
    def instance(kind, name, attributes):
        provider = 'provider["registry.terraform.io/hashicorp/aws"]'
        return {"mode": "managed", "type": kind, "name": name, "provider": provider, "instances": [{"schema_version": 0, "attributes": attributes}]}

    body = {"version": 4, "terraform_version": "1.14.0", "serial": 1, "lineage": "x", "outputs": {}}
    return json.dumps({**body, "resources": [instance(*it) for it in resources]}, indent=1)


def drift(binary, stack, work):
    """Things made through Cloud Control, recorded, and then changed behind the record's back."""
    at = clients(stack.url)
    control = at("cloudcontrol")
    make = lambda kind, value: control.create_resource(TypeName=kind, DesiredState=json.dumps(value))["ProgressEvent"]["Identifier"]
    patch = lambda kind, id, *steps: control.update_resource(TypeName=kind, Identifier=id, PatchDocument=json.dumps(steps))
    queue = lambda name, **more: {
        "QueueName": name, "Arn": f"arn:aws:sqs:{REGION}:{STACK}:{name}",
        "QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{STACK}/{name}", "VisibilityTimeout": 60, **more,
    }
    jobs = make("AWS::SQS::Queue", queue("jobs", KmsMasterKeyId="alias/jobs"))
    block = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    bucket = make("AWS::S3::Bucket", {
        "BucketName": "example-logs", "RegionalDomainName": f"example-logs.s3.{REGION}.amazonaws.com",
        "PublicAccessBlockConfiguration": block, "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": [{"Key": "Owner", "Value": "ann"}, {"Key": "Team", "Value": "core"}],
    })
    table = {
        "TableName": "orders", "Name": "orders", "Arn": f"arn:aws:dynamodb:{REGION}:{STACK}:table/orders", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "SSESpecification": {"SSEEnabled": True}, "DeletionProtectionEnabled": True,
    }
    make("AWS::DynamoDB::Table", table)
    topic = f"arn:aws:sns:{REGION}:{STACK}:alerts"
    make("AWS::SNS::Topic", {"Arn": topic, "TopicArn": topic, "TopicName": "alerts"})
    iam = at("iam")
    reader = iam.create_policy(PolicyName="reader", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    url = f"https://sqs.{REGION}.amazonaws.com/{STACK}/jobs"
    (work / "main.tf").write_text(SOURCE)
    (work / "terraform.tfstate").write_text(state([
        ("aws_sqs_queue", "jobs", {"id": url, "url": url, "arn": f"arn:aws:sqs:{REGION}:{STACK}:jobs", "name": "jobs", "kms_master_key_id": "alias/jobs", "visibility_timeout_seconds": 60, "region": REGION, "tags": {}}),
        ("aws_s3_bucket", "logs", {"id": "example-logs", "bucket": "example-logs", "arn": "arn:aws:s3:::example-logs", "region": REGION, "tags": {"Owner": "ann", "Team": "core"}, "tags_all": {"Owner": "ann", "Team": "core"}}),
        ("aws_s3_bucket_public_access_block", "logs", {"id": "example-logs", "bucket": "example-logs", "region": REGION, "block_public_acls": True, "block_public_policy": True, "ignore_public_acls": True, "restrict_public_buckets": True}),
        ("aws_s3_bucket_versioning", "logs", {"id": "example-logs", "bucket": "example-logs", "region": REGION, "versioning_configuration": [{"status": "Enabled", "mfa_delete": ""}]}),
        ("aws_dynamodb_table", "orders", {"id": "orders", "name": "orders", "arn": table["Arn"], "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}], "server_side_encryption": [{"enabled": True}], "deletion_protection_enabled": True, "region": REGION, "tags": None}),
        ("aws_sns_topic", "alerts", {"id": topic, "arn": topic, "name": "alerts", "region": REGION}),
        ("aws_iam_policy", "reader", {"id": reader, "arn": reader, "name": "reader", "path": "/", "policy": json.dumps(READ), "tags": {}}),
    ]))
    env = {"AWS_ENDPOINT_URL": stack.url, "AWS_ENDPOINT_URL_CLOUDCONTROL": stack.url}
    args = ["drift", ".", "--state", "terraform.tfstate", "--region", REGION, "--isolated", "--allow-incomplete"]
    args += ["--format", "json=drift.json", "--format", "text=drift.txt"]

    def found():
        done = stanchion(binary, work, args, env)
        report = json.loads((work / "drift.json").read_text())
        return done.returncode, report, sorted(
            (it["policy"], it["resource"]["address"], ".".join(map(str, it["attribute"])), f'{it["location"]["path"]}:{it["location"]["start_line"]}')
            for it in report["findings"] if it["status"] == "open" and it["verdict"] == "fail"
        )

    code, report, before = found()
    equal("nothing differs before anything is changed", (code, before), (0, []))
    recorded = report["drift"]["coverage"]["recorded"]
    equal("everything recorded was compared", (recorded, report["drift"]["coverage"]["in_sync"]), (7, 7))

    patch("AWS::SQS::Queue", jobs, {"op": "remove", "path": "/KmsMasterKeyId"})
    patch("AWS::S3::Bucket", bucket, {"op": "replace", "path": "/Tags", "value": [{"Key": "Team", "Value": "core"}]})
    version = iam.create_policy_version(PolicyArn=reader, PolicyDocument=json.dumps(ALL), SetAsDefault=True)
    assert version["PolicyVersion"]["IsDefaultVersion"]
    control.delete_resource(TypeName="AWS::SNS::Topic", Identifier=topic)
    make("AWS::SQS::Queue", queue("rogue"))
    line = lambda text: f"main.tf:{SOURCE[: SOURCE.index(text)].count(chr(10)) + 1}"
    code, report, after = found()
    rogue = f"arn:aws:sqs:{REGION}:{STACK}:rogue"
    equal("exactly what was changed differs", after, sorted([
        ("drift-encryption-changed", "aws_sqs_queue.jobs", "kms_master_key_id", line("kms_master_key_id")),
        ("drift-tag-changed", "aws_s3_bucket.logs", "tags.Owner", line("Owner")),
        ("drift-policy-changed", "aws_iam_policy.reader", "policy", line('policy = jsonencode')),
        ("drift-missing", "aws_sns_topic.alerts", "", line('resource "aws_sns_topic"')),
        ("drift-unmanaged", rogue, "", next((it[3] for it in after if it[1] == rogue), "the live thing")),
    ]))
    equal("the exit status says so", code, 1)
    worse = {it["policy"] for difference in report["drift"]["differences"] for it in difference["worse"]}
    equal("the widened policy made things worse", "aws-iam-full-admin-policy" in worse, True)


SOURCE = """resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  kms_master_key_id          = "alias/jobs"
  visibility_timeout_seconds = 60
}

resource "aws_s3_bucket" "logs" {
  bucket = "example-logs"

  tags = {
    Owner = "ann"
    Team  = "core"
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_dynamodb_table" "orders" {
  name                        = "orders"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled = true
  }
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}

resource "aws_iam_policy" "reader" {
  name   = "reader"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:aws:s3:::example-logs/*"
    }]
  })
}
"""


def main():
    HOME.mkdir(parents=True, exist_ok=True)
    moto_bin, stack_bin = environment("moto"), environment("ministack")
    own = moto_bin / "python"
    if pathlib.Path(sys.prefix) != moto_bin.parent:
        # boto3 lives there.
        os.execv(own, [str(own), __file__, *sys.argv[1:]])
    binary = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "debug" / "stanchion").resolve())
    work = pathlib.Path(tempfile.mkdtemp(prefix="stanchion-emulators-"))
    started = time.monotonic()
    moto_port, stack_port = free_port(), free_port()
    stack_env = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(stack_port), "MINISTACK_ACCOUNT_ID": STACK, "MINISTACK_REGION": REGION, "TMPDIR": str(work), "LOG_LEVEL": "WARNING"}
    try:
        with Server("moto", [str(moto_bin / "moto_server"), "-H", "127.0.0.1", "-p", str(moto_port)], moto_port) as moto:
            with Server("ministack", [str(stack_bin / "ministack")], stack_port, stack_env) as stack:
                for part in (organization, drift, used):
                    (work / part.__name__).mkdir()
                organization(binary, moto, stack, work / "organization")
                drift(binary, stack, work / "drift")
                used(binary, moto, stack, work / "used")
    except SystemExit:
        print(f"what it wrote is in {work}", file=sys.stderr)
        raise
    if os.environ.get("KEEP"):
        print(f"what it wrote is in {work}")
    else:
        shutil.rmtree(work, ignore_errors=True)
    print(f"all of it holds ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
