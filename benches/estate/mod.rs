//! A generated estate: Terraform roots with modules, Kubernetes workloads and Dockerfiles, as a middle-sized company has them.
//!
//! The same number always gives the same files. It does not know what is measured on it.

use std::fmt::Write as _;
use std::path::Path;

/// Resources that one service adds (the module's eleven, a workload, an image).
pub const RESOURCES_PER_SERVICE: usize = 13;
/// Services that share a root module and its variable values.
const SERVICES_PER_ROOT: usize = 10;

/// Writes an estate of about the given number of resources below a directory.
pub fn write(dir: &Path, resources: usize) -> std::io::Result<()> {
    let services = resources.div_ceil(RESOURCES_PER_SERVICE);
    file(&dir.join("terraform/modules/service/main.tf"), MODULE)?;
    for root in 0..services.div_ceil(SERVICES_PER_ROOT) {
        let first = root * SERVICES_PER_ROOT;
        let mut main = String::from(ROOT);
        for service in first..services.min(first + SERVICES_PER_ROOT) {
            // Every seventh service has something wrong, as in life.
            let (acl, cidr) = if service % 7 == 0 { ("public-read", "0.0.0.0/0") } else { ("private", "10.0.0.0/8") };
            let _ = writeln!(
                main,
                "module \"service_{service}\" {{\n  source = \"../../modules/service\"\n  name = \"service-{service}\"\n  \
                 acl = \"{acl}\"\n  cidrs = [\"{cidr}\"]\n  key_arn = aws_kms_key.main.arn\n  tags = local.tags\n}}\n"
            );
            let image = if service % 5 == 0 { "latest" } else { "1.4.2" };
            let workload = WORKLOAD.replace("NAME", &format!("service-{service}")).replace("TAG", image);
            file(&dir.join(format!("kubernetes/service-{service}.yaml")), &workload)?;
            file(&dir.join(format!("services/service-{service}/Dockerfile")), DOCKERFILE)?;
        }
        file(&dir.join(format!("terraform/roots/root-{root}/main.tf")), &main)?;
        let values = "environment = \"prod\"\nowner = \"platform\"\n";
        file(&dir.join(format!("terraform/roots/root-{root}/prod.auto.tfvars")), values)?;
    }
    Ok(())
}

fn file(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}

const ROOT: &str = r#"
variable "environment" { type = string }
variable "owner" { type = string }
variable "vpc_id" { type = string }

locals {
  tags = merge({ Environment = var.environment }, { Owner = var.owner, CostCenter = "1234" })
}

provider "aws" {
  region = "eu-west-2"
  default_tags {
    tags = { ManagedBy = "terraform" }
  }
}

resource "aws_kms_key" "main" {
  description         = "main key of ${var.environment}"
  enable_key_rotation = true
}
"#;

const MODULE: &str = r#"
variable "name" { type = string }
variable "acl" {
  type    = string
  default = "private"
}
variable "cidrs" { type = list(string) }
variable "key_arn" { type = string }
variable "tags" { type = map(string) }

data "aws_iam_policy_document" "access" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
  }
  dynamic "statement" {
    for_each = toset(["sqs:SendMessage", "sqs:ReceiveMessage"])
    content {
      actions   = [statement.value]
      resources = [aws_sqs_queue.this.arn]
    }
  }
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-${var.name}"
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = var.acl
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = var.acl == "private"
  block_public_policy     = true
  ignore_public_acls      = var.acl == "private"
  restrict_public_buckets = true
}

resource "aws_sqs_queue" "this" {
  name              = var.name
  kms_master_key_id = var.key_arn
  redrive_policy    = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
  tags              = var.tags
}

resource "aws_sqs_queue" "dead" {
  name                    = "${var.name}-dead"
  sqs_managed_sse_enabled = true
  tags                    = var.tags
}

resource "aws_db_instance" "this" {
  identifier              = var.name
  engine                  = "postgres"
  instance_class          = "db.t4g.medium"
  storage_encrypted       = true
  kms_key_id              = var.key_arn
  backup_retention_period = 7
  publicly_accessible     = false
  tags                    = var.tags
}

resource "aws_security_group" "this" {
  name = var.name
  dynamic "ingress" {
    for_each = var.cidrs
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }
  tags = var.tags
}

resource "aws_iam_policy" "access" {
  name   = var.name
  policy = data.aws_iam_policy_document.access.json
  tags   = var.tags
}

resource "aws_cloudwatch_log_group" "this" {
  count             = 2
  name              = format("/acme/%s/%02d", var.name, count.index)
  retention_in_days = 30
  kms_key_id        = var.key_arn
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  role          = "arn:aws:iam::123456789012:role/${var.name}"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  environment {
    variables = { QUEUE = aws_sqs_queue.this.url, LEVEL = "info" }
  }
  tags = var.tags
}
"#;

const WORKLOAD: &str = r"apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: shop
  labels: {app.kubernetes.io/name: NAME}
spec:
  replicas: 2
  selector:
    matchLabels: {app.kubernetes.io/name: NAME}
  template:
    metadata:
      labels: {app.kubernetes.io/name: NAME}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: app
          image: registry.example.com/shop/NAME:TAG
          env:
            - {name: LOG_LEVEL, value: info}
            - name: DATABASE_PASSWORD
              valueFrom: {secretKeyRef: {name: NAME, key: password}}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
";

const DOCKERFILE: &str = r#"# syntax=docker/dockerfile:1
FROM node:22.11-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22.11-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/dist ./dist
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
USER node
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/server.js"]
"#;
