-- Ids of the pull requests that the member reviewed in the week, in order. Two members may have reviewed the same one: only
-- the ids tell how many a team has reviewed. Weeks by older definitions have none until the rebuild for the new one.
ALTER TABLE "weekly_metrics" ADD COLUMN "reviewed_pull_request_ids" BIGINT[] DEFAULT '{}';
