-- is_cross_repository: the head is a branch of a fork; null where the pull request was read before this was asked for.
-- base_kind: TRACKED counts as merged; PULL_REQUEST is the head of another pull request, which brings its changes along;
-- UNTRACKED is none of the branches that the repository or the team tracks.
-- former_default_branches: what was merged into them counted, and goes on counting.
-- tracked_branches: names, or patterns with an asterisk; none tracks all. A repository's own replace the team's.
ALTER TABLE "pull_request"
    ADD COLUMN "is_cross_repository" BOOLEAN,
    ADD COLUMN "base_kind" TEXT NOT NULL DEFAULT 'TRACKED',
    ADD CONSTRAINT "pull_request_base_kind_check" CHECK ("base_kind" IN ('TRACKED', 'PULL_REQUEST', 'UNTRACKED')) NOT VALID;
ALTER TABLE "pull_request" VALIDATE CONSTRAINT "pull_request_base_kind_check";
ALTER TABLE "team" ADD COLUMN "tracked_branches" TEXT[] DEFAULT '{}';
ALTER TABLE "repository"
    ADD COLUMN "tracked_branches" TEXT[] DEFAULT '{}',
    ADD COLUMN "former_default_branches" TEXT[] DEFAULT '{}';
GRANT UPDATE ("tracked_branches") ON "team" TO throughline_application;
ALTER TABLE "weekly_metrics" ADD COLUMN "pull_requests_merged_elsewhere" BIGINT NOT NULL DEFAULT 0;
