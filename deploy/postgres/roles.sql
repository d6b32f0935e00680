-- Roles of Throughline. Run once per cluster as a superuser; the embedded database and docker-compose do it.
-- Passwords are set outside of this file:  ALTER ROLE throughline_application PASSWORD '…';
--   throughline_maintenance  owns the tables: migrations and housekeeping (DATABASE_DIRECT_URL)
--   throughline_application  gateways and workers (DATABASE_URL): owns nothing, cannot bypass row-level security
--   throughline_reader       reads under row-level security: replicas, reports
-- Every session runs in UTC; otherwise a time stamp without an offset would be read as another instant.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['throughline_maintenance', 'throughline_application', 'throughline_reader'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role_name);
        END IF;
        EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', role_name);
    END LOOP;
    -- The database report shows sessions and statements of other roles.
    IF NOT pg_has_role('throughline_maintenance', 'pg_read_all_stats', 'MEMBER') THEN
        GRANT pg_read_all_stats TO throughline_maintenance;
    END IF;
END
$$;
