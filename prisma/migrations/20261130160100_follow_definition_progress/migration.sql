-- How far a rebuild for new definitions has come with the pull requests that are stored. last_pull_request_id: what a newer
-- definition says of pull requests is stored up to this one; null before the first. It has no foreign key: it is where the
-- next batch begins, and the pull request may be deleted. Another rebuild begins anew.
ALTER TABLE "rollup_rebuild"
    ADD COLUMN "last_pull_request_id" BIGINT,
    ADD COLUMN "pull_requests_done" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "pull_requests_total" INTEGER NOT NULL DEFAULT 0;
