-- The part of a member week's merged pull requests that a bot or an AI agent merged: of those that AI agents opened it is
-- left out unless somebody asks for it. Null where there is none, which is nearly everywhere. Weeks by older definitions
-- have none until the rebuild that the new definition starts.
ALTER TABLE "weekly_metrics"
    ADD COLUMN "machine_pull_requests_merged" BIGINT,
    ADD COLUMN "machine_cycle_time_seconds" BIGINT,
    ADD COLUMN "machine_coding_seconds" BIGINT,
    ADD COLUMN "machine_pickup_seconds" BIGINT,
    ADD COLUMN "machine_review_seconds" BIGINT,
    ADD COLUMN "machine_merge_wait_seconds" BIGINT,
    ADD COLUMN "machine_open_to_merge_seconds" BIGINT,
    ADD COLUMN "machine_first_review_seconds" BIGINT,
    ADD COLUMN "machine_first_review_count" BIGINT,
    ADD COLUMN "machine_sized_count" BIGINT,
    ADD COLUMN "machine_anomaly_count" BIGINT,
    ADD COLUMN "machine_anomaly_reviewed_count" BIGINT,
    ADD COLUMN "machine_additions" BIGINT,
    ADD COLUMN "machine_deletions" BIGINT,
    ADD COLUMN "machine_revert_count" BIGINT,
    ADD COLUMN "machine_hotfix_count" BIGINT;
