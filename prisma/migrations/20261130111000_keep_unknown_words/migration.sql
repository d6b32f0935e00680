-- Words of GitHub's that no metric needs are not closed: one that is not known is UNKNOWN (of a review COMMENTED, which is
-- no approval), and stands as it came in the raw column beside it. A completed check that GitHub gives no conclusion yet
-- has the conclusion UNKNOWN and no raw one. Rows that are stored have known words alone.
ALTER TABLE "check_run"
    ADD COLUMN "status_raw" TEXT,
    ADD COLUMN "conclusion_raw" TEXT,
    DROP CONSTRAINT "check_run_status_check",
    DROP CONSTRAINT "check_run_conclusion_check",
    ADD CONSTRAINT "check_run_status_check" CHECK ("status" IN ('QUEUED', 'IN_PROGRESS', 'WAITING', 'COMPLETED',
        'UNKNOWN')) NOT VALID,
    ADD CONSTRAINT "check_run_conclusion_check" CHECK ("conclusion" IN ('SUCCESS', 'FAILURE', 'NEUTRAL', 'CANCELLED',
        'SKIPPED', 'TIMED_OUT', 'ACTION_REQUIRED', 'STALE', 'STARTUP_FAILURE', 'ERROR', 'UNKNOWN')) NOT VALID,
    ADD CONSTRAINT "check_run_raw_check" CHECK (("status_raw" IS NULL OR "status" = 'UNKNOWN')
        AND ("conclusion_raw" IS NULL OR "conclusion" = 'UNKNOWN')) NOT VALID;
ALTER TABLE "check_run" VALIDATE CONSTRAINT "check_run_status_check";
ALTER TABLE "check_run" VALIDATE CONSTRAINT "check_run_conclusion_check";
ALTER TABLE "check_run" VALIDATE CONSTRAINT "check_run_raw_check";

ALTER TABLE "pull_request"
    ADD COLUMN "check_state_raw" TEXT,
    DROP CONSTRAINT "pull_request_check_state_check",
    ADD CONSTRAINT "pull_request_check_state_check" CHECK ("check_state" IN ('EXPECTED', 'ERROR', 'FAILURE', 'PENDING',
        'SUCCESS', 'UNKNOWN')) NOT VALID;
ALTER TABLE "pull_request" VALIDATE CONSTRAINT "pull_request_check_state_check";

ALTER TABLE "pull_request_file"
    ADD COLUMN "change_type_raw" TEXT,
    DROP CONSTRAINT "pull_request_file_change_type_check",
    ADD CONSTRAINT "pull_request_file_change_type_check" CHECK ("change_type" IN ('ADDED', 'MODIFIED', 'DELETED',
        'RENAMED', 'COPIED', 'CHANGED', 'UNKNOWN')) NOT VALID;
ALTER TABLE "pull_request_file" VALIDATE CONSTRAINT "pull_request_file_change_type_check";

ALTER TABLE "review" ADD COLUMN "state_raw" TEXT;

ALTER TABLE "deployment"
    ADD COLUMN "state_raw" TEXT,
    DROP CONSTRAINT "deployment_state_check",
    ADD CONSTRAINT "deployment_state_check" CHECK ("state" IN ('PENDING', 'QUEUED', 'WAITING', 'IN_PROGRESS', 'SUCCESS',
        'INACTIVE', 'FAILURE', 'ERROR', 'DESTROYED', 'ABANDONED', 'UNKNOWN')) NOT VALID;
ALTER TABLE "deployment" VALIDATE CONSTRAINT "deployment_state_check";

CREATE INDEX "deployment_unknown_idx" ON "deployment" ("team_id", "repository_id") WHERE "state" = 'UNKNOWN';
COMMENT ON INDEX "deployment_unknown_idx" IS
    'readRepositoryQuality (src/db/reads/data-quality.ts): deployments in a state that is not known';

-- A check without a conclusion is read again like one that is not over.
DROP INDEX "check_run_pending_idx";
CREATE INDEX "check_run_pending_idx" ON "check_run" ("team_id", "pull_request_id")
    WHERE "status" <> 'COMPLETED' OR ("conclusion" = 'UNKNOWN' AND "conclusion_raw" IS NULL);
COMMENT ON INDEX "check_run_pending_idx" IS
    'readPendingChecks (src/db/pulls/check-runs.ts): the pull requests whose checks are not over';
