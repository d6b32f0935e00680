-- What of a pull request could not be read: the pull request is stored, and the entry is left out or its value unknown.
CREATE TABLE "pull_request_gap" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "list" TEXT NOT NULL,
    "item" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "word" TEXT,
    "reason" TEXT NOT NULL,

    CONSTRAINT "pull_request_gap_pkey" PRIMARY KEY ("team_id","pull_request_id","list","item","field")
);
ALTER TABLE "pull_request_gap" ADD CONSTRAINT "pull_request_gap_team_id_pull_request_id_fkey"
    FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id")
    ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "pull_request_gap" ADD CONSTRAINT "pull_request_gap_list_check"
    CHECK ("list" IN ('PULL_REQUEST', 'LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'));

ALTER TABLE "pull_request_gap" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pull_request_gap" FORCE ROW LEVEL SECURITY;
CREATE POLICY "pull_request_gap_team" ON "pull_request_gap" TO throughline_application, throughline_reader
    USING ("team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]))
    WITH CHECK ("team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]));
CREATE POLICY "pull_request_gap_maintenance" ON "pull_request_gap" TO throughline_maintenance
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON "pull_request_gap" TO throughline_application;
GRANT SELECT ON "pull_request_gap" TO throughline_reader;
COMMENT ON TABLE "pull_request_gap" IS
    'What of a pull request could not be read: its value is unknown, or the entry is left out.';
