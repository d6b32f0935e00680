-- Without the two names that most branches have the index is small, and no plan takes it for one of a repository.
CREATE INDEX CONCURRENTLY "pull_request_base_idx" ON "pull_request"("team_id", "repository_id", "base_branch")
    WHERE "base_branch" <> 'main' AND "base_branch" <> 'master';
