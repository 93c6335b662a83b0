#!/usr/bin/env bash
# Runs once, when the primary's folder is made: the owner of the views, and the role that the replica copies as.
set -euo pipefail

secret() { cat "${SECRETS:-/run/secrets}/$1"; }

psql --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
CREATE ROLE nabij LOGIN PASSWORD '$(secret postgres_owner)';
CREATE DATABASE nabij OWNER nabij;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD '$(secret postgres_replication)';
SQL
echo 'host replication replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
