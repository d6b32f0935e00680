CREATE INDEX CONCURRENTLY "pull_request_head_idx" ON "pull_request"("team_id", "repository_id", "head_branch");
