-- Pull requests that were reviewed, merged or closed before they were created, by the times that their source gives: wrong
-- clocks, and imports. They are kept and count, and are in no mean of times: anomaly_count is how many of the merged ones.
-- Weeks of earlier definitions have none, and divide as they did.
ALTER TABLE "weekly_metrics" ADD COLUMN "anomaly_count" BIGINT NOT NULL DEFAULT 0;

CREATE INDEX "pull_request_anomaly_idx" ON "pull_request" ("team_id", "repository_id")
    WHERE least("first_review_at", "merged_at", "closed_at") < "created_at";
COMMENT ON INDEX "pull_request_anomaly_idx" IS
    'readRepositoryQuality (src/db/reads/data-quality.ts): pull requests whose spans are negative';

-- A draft that was not merged was never ready for review.
ALTER TABLE "pull_request" ALTER COLUMN "ready_at" DROP NOT NULL;
UPDATE "pull_request" SET "ready_at" = NULL WHERE "is_draft" AND "merged_at" IS NULL;
