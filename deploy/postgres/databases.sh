#!/usr/bin/env bash
# Runs once, on an empty data directory, after roles.sql. It sets the passwords of the roles and creates the databases.
# The passwords come from the environment and reach psql as variables, so that none is in the text of a statement.
set -euo pipefail

: "${MAINTENANCE_PASSWORD:?is not set}" "${APPLICATION_PASSWORD:?is not set}" "${TEMPORAL_PASSWORD:?is not set}"

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set maintenance="$MAINTENANCE_PASSWORD" \
    --set application="$APPLICATION_PASSWORD" \
    --set temporal="$TEMPORAL_PASSWORD" <<'SQL'
ALTER ROLE throughline_maintenance PASSWORD :'maintenance';
ALTER ROLE throughline_application PASSWORD :'application';
CREATE DATABASE throughline OWNER throughline_maintenance;
REVOKE CONNECT ON DATABASE throughline FROM PUBLIC;
GRANT CONNECT ON DATABASE throughline TO throughline_application, throughline_reader;

-- Temporal creates its own two databases and their schemas.
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';

-- `throughline db report` lists the slowest statements with it; the tier files load its library.
\connect throughline
CREATE EXTENSION pg_stat_statements;
SQL
