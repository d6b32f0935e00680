-- What the progress of a sync is measured by. A job: the repositories that it is to sync, also those whose sync has not
-- begun; what was shown when that changed last, and the share of the work that was done by the new plan. The sync of a
-- repository: the requests of the stage that it is in, after the pull requests.
ALTER TABLE "sync_run"
    ADD COLUMN "planned_repositories" BIGINT[] DEFAULT '{}',
    ADD COLUMN "shown_before" DOUBLE PRECISION NOT NULL DEFAULT 0,
    ADD COLUMN "work_before" DOUBLE PRECISION NOT NULL DEFAULT 0,
    ADD COLUMN "stage_requests" INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT "sync_run_before_check"
        CHECK ("shown_before" >= 0 AND "shown_before" < 1 AND "work_before" >= 0 AND "work_before" < 1);
