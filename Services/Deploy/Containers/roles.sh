#!/bin/bash
# Postgres runs this at its first start: the two roles, and the database that the owner's migrations fill.
# From the next start on its own account may be the superuser, everybody else needs a password, and nobody comes by TCP.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -q \
    -v owner="$(cat /run/cloakroom/postgres/owner)" -v runtime="$(cat /run/cloakroom/postgres/runtime)" <<'SQL'
CREATE ROLE cloakroom_owner LOGIN PASSWORD :'owner';
CREATE ROLE cloakroom_runtime LOGIN PASSWORD :'runtime';
CREATE DATABASE cloakroom OWNER cloakroom_owner;
REVOKE ALL ON DATABASE cloakroom FROM PUBLIC;
GRANT CONNECT ON DATABASE cloakroom TO cloakroom_runtime;
SQL
printf 'local all postgres peer\nlocal all all scram-sha-256\n' >"$PGDATA/pg_hba.conf"
