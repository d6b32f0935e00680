-- The commits of repositories that deployments' ranges were told by. What is not here is asked for again.
CREATE TABLE "history_commit" (
    "team_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "sha" TEXT NOT NULL,
    "parents" TEXT[],
    "committed_at" TIMESTAMPTZ(3),
    "ancestors" INTEGER,
    "read_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "history_commit_pkey" PRIMARY KEY ("team_id","repository_id","sha"),
    CONSTRAINT "history_commit_ancestors_check" CHECK ("ancestors" >= 0),
    CONSTRAINT "history_commit_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id")
        REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE
);

ALTER TABLE "history_commit" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "history_commit" FORCE ROW LEVEL SECURITY;
CREATE POLICY "history_commit_team" ON "history_commit" TO throughline_application, throughline_reader
    USING (team_id = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]))
    WITH CHECK (team_id = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]));
CREATE POLICY "history_commit_maintenance" ON "history_commit" TO throughline_maintenance
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON "history_commit" TO throughline_application;

COMMENT ON TABLE "history_commit" IS
    'A commit of a repository''s history with its parents, by which the commits of deployments are told.';
