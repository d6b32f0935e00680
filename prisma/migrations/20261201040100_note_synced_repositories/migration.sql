-- When the last sync of a repository that came to its end began. Runs that ended long ago are deleted, and there are too
-- many of them to look the newest up with each query.
ALTER TABLE "repository" ADD COLUMN "synced_at" TIMESTAMPTZ(3);
UPDATE "repository" r SET "synced_at" = last."started_at"
FROM (SELECT "team_id", "repository_id", max("started_at") AS "started_at" FROM "sync_run"
    WHERE "repository_id" IS NOT NULL AND "status" IN ('COMPLETED', 'PARTIAL') GROUP BY 1, 2) AS last
WHERE r."team_id" = last."team_id" AND r."id" = last."repository_id";
