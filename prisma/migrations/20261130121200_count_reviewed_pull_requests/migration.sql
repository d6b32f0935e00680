-- Pull requests that the member reviewed in the week, each once. Weeks by older definitions have none until the rebuild
-- that the new definition starts.
ALTER TABLE "weekly_metrics" ADD COLUMN "reviewed_pull_requests" BIGINT NOT NULL DEFAULT 0;
