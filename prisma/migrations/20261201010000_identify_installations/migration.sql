-- The identity of an installation is part of its workflow ids, schedule ids and task queues, so that two of them on one
-- Temporal namespace never take each other's work. One row; a copy of the database has the same one.
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "identity" TEXT NOT NULL,
    "identified_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "installation_id_check" CHECK ("id" = 1),
    CONSTRAINT "installation_identity_check" CHECK ("identity" ~ '^[0-9a-f]{10}$')
);

GRANT SELECT ON "installation" TO throughline_application, throughline_reader;
COMMENT ON TABLE "installation" IS
    'The one installation that this database belongs to, and its name in Temporal.';

-- Gives the installation a new identity. What runs under the names that it had is not its own any more: the rows of those
-- runs are closed as abandoned, and a repository sync that broke off in a backfill leaves its cursor, as closeRun
-- (src/db/sync/sync-runs.ts) leaves it.
CREATE FUNCTION "throughline_renew_identity"() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    new_identity text := substr(replace(gen_random_uuid()::text, '-', ''), 1, 10);
BEGIN
    INSERT INTO installation (identity) VALUES (new_identity)
    ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, identified_at = now();
    WITH closed AS (
        UPDATE sync_run SET status = 'FAILED', error_code = 'ABANDONED', waiting_until = NULL, waiting_reason = NULL,
            paused_at = NULL, finished_at = now(), updated_at = now(),
            error_message = 'The installation has a new identity, and this ran under the former one: start it again.'
        WHERE status = 'RUNNING'
        RETURNING team_id, repository_id, kind, stage, cursor, newest_seen_at, id
    )
    INSERT INTO repository_stage AS st (team_id, repository_id, stage, cursor, newest_seen_at)
    SELECT DISTINCT ON (team_id, repository_id) team_id, repository_id, 'PULL_REQUESTS', cursor, newest_seen_at
    FROM closed WHERE repository_id IS NOT NULL AND kind = 'BACKFILL' AND stage = 'PULL_REQUESTS'
    ORDER BY team_id, repository_id, id DESC
    ON CONFLICT (team_id, repository_id, stage) DO UPDATE SET cursor = excluded.cursor,
        newest_seen_at = excluded.newest_seen_at,
        updated_at = CASE WHEN st.cursor = excluded.cursor THEN st.updated_at ELSE now() END;
    UPDATE rollup_rebuild SET status = 'FAILED', error_code = 'ABANDONED', finished_at = now(), updated_at = now(),
        error_message = 'The installation has a new identity, and this ran under the former one: start it again.'
    WHERE status = 'RUNNING';
    RETURN new_identity;
END
$$;
REVOKE ALL ON FUNCTION "throughline_renew_identity"() FROM PUBLIC;

SELECT "throughline_renew_identity"();
