#!/bin/sh
# The aws command line against the local lake: `aws_cli.sh ENDPOINT BIN WORKDIR`.
set -eu
AWS_ENDPOINT_URL=$1; bin=$2; work=$3
export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER=
export AWS_CONFIG_FILE="$work/none" AWS_SHARED_CREDENTIALS_FILE="$work/none"
aws() { "$bin/python" "$bin/aws" "$@"; }
die() { echo "$*" >&2; exit 1; }

aws s3 mb s3://shell >/dev/null
# Above the multipart threshold of 8 MiB: three parts.
head -c 20000000 /dev/urandom > "$work/big"
aws s3 cp --only-show-errors "$work/big" s3://shell/d/big
aws s3 cp --only-show-errors s3://shell/d/big "$work/back"
cmp "$work/big" "$work/back"
aws s3api head-object --bucket shell --key d/big --query ETag --output text | grep -q -- '-3"' || die "not 3 parts"
aws s3 ls --recursive s3://shell/ | grep -q '20000000 d/big' || die "ls does not list it"
mkdir -p "$work/tree/a" && printf 'id,v\n1,2\n3,4\n' > "$work/tree/a/x.csv"
aws s3 sync --only-show-errors "$work/tree" s3://shell/tree

query() {
    id=$(aws athena start-query-execution --query-string "$1" \
        --result-configuration OutputLocation=s3://shell/out/ --query QueryExecutionId --output text)
    while :; do
        state=$(aws athena get-query-execution --query-execution-id "$id" \
            --query QueryExecution.Status.State --output text)
        case $state in QUEUED|RUNNING) sleep 0.2;; *) break;; esac
    done
}
query "CREATE EXTERNAL TABLE t (id int, v int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://shell/tree/a/' TBLPROPERTIES ('skip.header.line.count'='1')"
[ "$state" = SUCCEEDED ] || die "DDL $state"
query "SELECT sum(v) FROM t"
[ "$state" = SUCCEEDED ] || die "SELECT $state"
aws athena get-query-results --query-execution-id "$id" --output text | grep -qw 6 || die "sum is not 6"
query "SELEC 1"
[ "$state" = FAILED ] || die "a syntax error $state"
aws glue get-tables --database-name default --query 'TableList[].Name' --output text | grep -qw t || die "no table t"
aws s3api put-object --bucket shell --key keyed --server-side-encryption aws:kms --ssekms-key-id alias/shell >/dev/null
arn=$(aws kms describe-key --key-id alias/shell --query KeyMetadata.Arn --output text)
aws s3api head-object --bucket shell --key keyed --query SSEKMSKeyId --output text | grep -qxF "$arn" || die "not $arn"
aws lakeformation register-resource --resource-arn arn:aws:s3:::shell --role-arn arn:aws:iam::000000000000:role/Lake
aws lakeformation list-resources --query 'ResourceInfoList[].ResourceArn' --output text | grep -qxF arn:aws:s3:::shell || die "not registered"
aws lakeformation deregister-resource --resource-arn arn:aws:s3:::shell
aws sts get-caller-identity --query Account --output text | grep -qx 000000000000 || die "identity"
aws s3 rm --only-show-errors --recursive s3://shell/
aws s3 rb s3://shell >/dev/null
echo "ok aws"
