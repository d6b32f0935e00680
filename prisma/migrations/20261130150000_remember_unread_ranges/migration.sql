-- last_sync_run_id: the sync that met a row last, to tell what stays from what came anew. It has no foreign key, because the
-- run may be deleted first; null when no sync met the row.
-- unread_since: how far back a sync must go to read all that a page of pull requests which contradicts itself may hide. It
-- does not depend on the run that met the page, which may be deleted first.
ALTER TABLE "dead_letter"
    ADD COLUMN "last_sync_run_id" BIGINT,
    ADD COLUMN "unread_since" TIMESTAMPTZ(3);

-- Only open rows of what has no number: a handful.
UPDATE "dead_letter" d SET "last_sync_run_id" = d."sync_run_id",
    "unread_since" = CASE WHEN d."entity" = 'pull_request' AND d."reason_code" = 'CONTRADICTORY' THEN
        coalesce((SELECT s."since" FROM "sync_run" s WHERE s."team_id" = d."team_id" AND s."id" = d."sync_run_id"),
            (SELECT r."complete_from" FROM "repository" r WHERE r."team_id" = d."team_id" AND r."id" = d."repository_id"),
            -- The run is deleted and no sync was complete: as far as a first sync goes back.
            d."first_seen_at" - interval '90 days')
        END
    WHERE d."natural_key" = 'unknown' AND d."resolved_at" IS NULL;
