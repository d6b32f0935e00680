-- Deployments of all repositories of a team, newest first. The index of one repository gets the whole order of its list too:
-- without it the planner would walk the team's and skip the other repositories.
CREATE INDEX "deployment_team_id_created_at_github_id_idx" ON "deployment"("team_id", "created_at", "github_id");
COMMENT ON INDEX "deployment_team_id_created_at_github_id_idx" IS
    'TEAM_DEPLOYMENTS (src/db/reads/delivery-lists.ts): the newest deployments of a team.';
CREATE INDEX "deployment_team_id_repository_id_created_at_github_id_idx"
    ON "deployment"("team_id", "repository_id", "created_at", "github_id");
COMMENT ON INDEX "deployment_team_id_repository_id_created_at_github_id_idx" IS
    'REPOSITORY_DEPLOYMENTS (src/db/reads/delivery-lists.ts): the newest deployments of a repository.';
DROP INDEX "deployment_team_id_repository_id_created_at_idx";
