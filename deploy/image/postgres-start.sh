#!/usr/bin/env bash
# Starts the primary, or a replica of it: the host that $PRIMARY names is the primary. All that a database holds can be made
# again from the log, so a replica that fell too far behind is emptied and copied anew rather than holding back the primary's
# disk with a slot.
set -euo pipefail

secrets=${SECRETS:-/run/secrets}
settings=(-c wal_level=replica -c max_wal_senders=5 -c wal_keep_size=2GB -c max_connections=200 -c hot_standby=on
    -c jit=off -c random_page_cost=1.1 -c timezone=UTC -c log_min_error_statement=panic
    -c ssl=on -c ssl_min_protocol_version=TLSv1.3
    -c "ssl_cert_file=$secrets/postgres.pem" -c ssl_key_file=/var/run/postgresql/server.key)
# PostgreSQL refuses a key that others could read, as mounted files are.
install -m 0600 "$secrets/postgres.key" /var/run/postgresql/server.key

mkdir -p "$PGDATA"
if [[ $(hostname) == "${PRIMARY%%.*}" ]]; then
    exec docker-entrypoint.sh postgres "${settings[@]}"
fi

if [[ ! -s $PGDATA/PG_VERSION ]]; then
    PGPASSWORD=$(cat "$secrets/postgres_replication")
    export PGPASSWORD PGSSLMODE=verify-full PGSSLROOTCERT="$secrets/ca.pem"
    until pg_basebackup --host "$PRIMARY" --port "${PRIMARY_PORT:-5432}" --username replicator --no-password \
        --pgdata "$PGDATA" --write-recovery-conf --wal-method stream; do
        echo "postgres-start: $PRIMARY is not ready to be copied; trying again" >&2
        # A copy that broke off leaves a folder that the next try refuses.
        find "$PGDATA" -mindepth 1 -delete
        sleep 2
    done
    chmod 0700 "$PGDATA"
fi
exec postgres "${settings[@]}"
