#!/usr/bin/env bash
# Runs once, when the primary's folder is made: a role for each service with its rights, and the role that the replica copies
# as. Whoever comes over the network speaks TLS.
set -euo pipefail

secret() { cat "${SECRETS:-/run/secrets}/$1"; }
sql=${SQL:-/etc/nabij}
run() { psql --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" "$@"; }

run --dbname postgres --file "$sql/roles.sql"
# On standard input: the words of a command can be seen by others.
{
    for role in nabij nabij_projector nabij_alerts nabij_api nabij_cli; do
        printf "ALTER ROLE %s PASSWORD '%s';\n" "$role" "$(secret "$role")"
    done
    printf "CREATE ROLE replicator LOGIN REPLICATION PASSWORD '%s';\n" "$(secret postgres_replication)"
} | run --dbname postgres
run --dbname nabij --file "$sql/rights.sql"
cat >"$PGDATA/pg_hba.conf" <<RULES
local   all         all                 scram-sha-256
hostssl all         all         all     scram-sha-256
hostssl replication replicator  all     scram-sha-256
RULES
