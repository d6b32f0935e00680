-- Facts at scale: AI usage with its sources and reports, dirty marks by member, rebuilds, retention, audit.
-- The first part is what Prisma's engine writes for the difference; the second part is what Prisma cannot express.

-- DropIndex
DROP INDEX "ai_usage_daily_team_id_date_idx";

-- DropIndex
DROP INDEX "commit_team_id_author_id_idx";

-- DropIndex
DROP INDEX "pull_request_team_id_author_id_idx";

-- DropIndex
DROP INDEX "pull_request_team_id_merged_by_id_idx";

-- DropIndex
DROP INDEX "review_team_id_reviewer_id_idx";

-- DropIndex
DROP INDEX "sync_run_team_id_repository_id_idx";

-- AlterTable
ALTER TABLE "rollup_dirty" ADD COLUMN     "generation" INTEGER,
ADD COLUMN     "member_id" BIGINT;

-- AlterTable
ALTER TABLE "team" ADD COLUMN     "ai_usage_retention_days" INTEGER NOT NULL DEFAULT 365,
ADD COLUMN     "ai_usage_retained_from" DATE,
ADD COLUMN     "rollup_definition" TEXT NOT NULL DEFAULT 'v1',
ADD COLUMN     "weekly_metrics_retained_from" DATE,
ADD COLUMN     "weekly_metrics_retention_days" INTEGER NOT NULL DEFAULT 730;

-- CreateTable
CREATE TABLE "rollup_rebuild" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "reason" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RUNNING',
    "is_dry_run" BOOLEAN NOT NULL,
    "generation" INTEGER NOT NULL,
    "time_zone" TEXT NOT NULL,
    "week_start" TEXT NOT NULL,
    "definition_version" TEXT NOT NULL,
    "from_week" DATE,
    "to_week" DATE,
    "next_week" DATE,
    "weeks_total" INTEGER NOT NULL DEFAULT 0,
    "weeks_done" INTEGER NOT NULL DEFAULT 0,
    "member_weeks_inserted" BIGINT NOT NULL DEFAULT 0,
    "member_weeks_updated" BIGINT NOT NULL DEFAULT 0,
    "member_weeks_removed" BIGINT NOT NULL DEFAULT 0,
    "member_weeks_unchanged" BIGINT NOT NULL DEFAULT 0,
    "workflow_id" TEXT NOT NULL,
    "workflow_run_id" TEXT NOT NULL,
    "requested_by_id" BIGINT,
    "error_code" TEXT,
    "error_message" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "rollup_rebuild_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "ai_usage_source" (
    "team_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "organization" TEXT NOT NULL,
    "connection_id" BIGINT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "status_reason" TEXT,
    "latest_day" DATE,
    "last_success_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ai_usage_source_pkey" PRIMARY KEY ("team_id","source","organization")
);

-- CreateTable
CREATE TABLE "ai_usage_report" (
    "team_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "organization" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "rows_in" INTEGER NOT NULL DEFAULT 0,
    "rows_inserted" INTEGER NOT NULL DEFAULT 0,
    "rows_updated" INTEGER NOT NULL DEFAULT 0,
    "rows_unchanged" INTEGER NOT NULL DEFAULT 0,
    "rows_refused" INTEGER NOT NULL DEFAULT 0,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ai_usage_report_pkey" PRIMARY KEY ("team_id","source","organization","kind","day")
);

-- CreateTable
CREATE TABLE "ai_usage_total_daily" (
    "team_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "organization" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "dimension" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "active_users" BIGINT,
    "suggestions_shown" BIGINT NOT NULL DEFAULT 0,
    "suggestions_accepted" BIGINT NOT NULL DEFAULT 0,
    "lines_suggested" BIGINT NOT NULL DEFAULT 0,
    "lines_accepted" BIGINT NOT NULL DEFAULT 0,
    "interactions" BIGINT NOT NULL DEFAULT 0,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ai_usage_total_daily_pkey" PRIMARY KEY ("team_id","source","organization","date","dimension","name")
);

-- CreateTable
CREATE TABLE "ai_seat" (
    "team_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "organization" TEXT NOT NULL,
    "member_id" BIGINT NOT NULL,
    "plan" TEXT,
    "editor" TEXT,
    "assigned_at" TIMESTAMPTZ(3),
    "last_activity_at" TIMESTAMPTZ(3),
    "pending_cancellation_on" DATE,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ai_seat_pkey" PRIMARY KEY ("team_id","source","organization","member_id")
);

-- CreateTable
CREATE TABLE "ai_seat_daily" (
    "team_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "organization" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "total" BIGINT NOT NULL,
    "active_this_cycle" BIGINT NOT NULL,
    "inactive_this_cycle" BIGINT NOT NULL,
    "pending_cancellation" BIGINT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ai_seat_daily_pkey" PRIMARY KEY ("team_id","source","organization","date")
);

-- CreateTable
CREATE TABLE "admin_audit" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" BIGINT,
    "action" TEXT NOT NULL,
    "details" JSONB NOT NULL,

    CONSTRAINT "admin_audit_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "rollup_rebuild_team_id_workflow_id_workflow_run_id_key" ON "rollup_rebuild"("team_id", "workflow_id", "workflow_run_id");

-- CreateIndex
CREATE INDEX "commit_team_id_author_id_authored_at_idx" ON "commit"("team_id", "author_id", "authored_at");

-- CreateIndex
CREATE INDEX "pull_request_team_id_author_id_created_at_idx" ON "pull_request"("team_id", "author_id", "created_at");

-- CreateIndex
CREATE INDEX "pull_request_team_id_author_id_merged_at_idx" ON "pull_request"("team_id", "author_id", "merged_at");

-- CreateIndex
CREATE INDEX "review_team_id_reviewer_id_submitted_at_idx" ON "review"("team_id", "reviewer_id", "submitted_at");

-- AddForeignKey
ALTER TABLE "rollup_rebuild" ADD CONSTRAINT "rollup_rebuild_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_usage_source" ADD CONSTRAINT "ai_usage_source_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_usage_source" ADD CONSTRAINT "ai_usage_source_team_id_connection_id_fkey" FOREIGN KEY ("team_id", "connection_id") REFERENCES "github_connection"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_usage_report" ADD CONSTRAINT "ai_usage_report_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_usage_total_daily" ADD CONSTRAINT "ai_usage_total_daily_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_seat" ADD CONSTRAINT "ai_seat_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_seat_daily" ADD CONSTRAINT "ai_seat_daily_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "admin_audit" ADD CONSTRAINT "admin_audit_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What is not merged has its own index: most closed pull requests are merged. With the author in it a week is read from
-- the index alone; else the planner reads all that the team ever closed from the next one.
CREATE INDEX "pull_request_closed_idx" ON "pull_request"("team_id", "closed_at") INCLUDE ("author_id")
    WHERE "merged_at" IS NULL;
CREATE INDEX "pull_request_author_closed_idx" ON "pull_request"("team_id", "author_id", "closed_at")
    WHERE "merged_at" IS NULL;

-- Tables whose rows come by the thousand: a trigger a row costs three quarters of a bulk write. The writer proves the
-- references of a whole chunk with one join instead, and an orphan check looks at all of them (docs/adr/0008).
ALTER TABLE "ai_usage_daily" ALTER CONSTRAINT "ai_usage_daily_team_id_member_id_fkey" NOT ENFORCED;
ALTER TABLE "weekly_metrics" ALTER CONSTRAINT "weekly_metrics_team_id_fkey" NOT ENFORCED;
ALTER TABLE "weekly_metrics" ALTER CONSTRAINT "weekly_metrics_team_id_member_id_fkey" NOT ENFORCED;
ALTER TABLE "pull_request_label" ALTER CONSTRAINT "pull_request_label_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "pull_request_file" ALTER CONSTRAINT "pull_request_file_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "review" ALTER CONSTRAINT "review_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "review" ALTER CONSTRAINT "review_team_id_reviewer_id_fkey" NOT ENFORCED;
ALTER TABLE "commit" ALTER CONSTRAINT "commit_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "commit" ALTER CONSTRAINT "commit_team_id_author_id_fkey" NOT ENFORCED;

-- Closed sets of values, and bounds.
ALTER TABLE "team"
    ADD CONSTRAINT "team_retention_check" CHECK ("ai_usage_retention_days" BETWEEN 30 AND 3650
        AND "weekly_metrics_retention_days" BETWEEN 30 AND 3650);
ALTER TABLE "rollup_rebuild"
    ADD CONSTRAINT "rollup_rebuild_reason_check" CHECK ("reason" IN ('REQUESTED', 'SETTINGS', 'DEFINITION')),
    ADD CONSTRAINT "rollup_rebuild_status_check"
        CHECK ("status" IN ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    ADD CONSTRAINT "rollup_rebuild_week_start_check" CHECK ("week_start" IN ('MONDAY', 'SUNDAY')),
    ADD CONSTRAINT "rollup_rebuild_generation_check" CHECK ("generation" > 0),
    ADD CONSTRAINT "rollup_rebuild_finished_check" CHECK (("status" = 'RUNNING') = ("finished_at" IS NULL));
-- One generation is built at a time.
CREATE UNIQUE INDEX "rollup_rebuild_running_key" ON "rollup_rebuild"("team_id")
    WHERE "status" = 'RUNNING' AND NOT "is_dry_run";
ALTER TABLE "ai_usage_source"
    ADD CONSTRAINT "ai_usage_source_source_check" CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER')),
    ADD CONSTRAINT "ai_usage_source_status_check" CHECK ("status" IN ('PENDING', 'ACTIVE', 'MISSING_SCOPE',
        'POLICY_DISABLED', 'NOT_FOUND', 'NEEDS_REAUTH', 'UNAVAILABLE'));
ALTER TABLE "ai_usage_report"
    ADD CONSTRAINT "ai_usage_report_source_check" CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER')),
    ADD CONSTRAINT "ai_usage_report_kind_check" CHECK ("kind" IN ('USERS', 'ORGANIZATION')),
    ADD CONSTRAINT "ai_usage_report_state_check"
        CHECK ("state" IN ('STORED', 'NO_REPORT_YET', 'BELOW_THRESHOLD', 'REFUSED'));
ALTER TABLE "ai_usage_total_daily"
    ADD CONSTRAINT "ai_usage_total_daily_source_check"
        CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER')),
    ADD CONSTRAINT "ai_usage_total_daily_dimension_check"
        CHECK ("dimension" IN ('TOTAL', 'LANGUAGE', 'EDITOR', 'FEATURE', 'MODEL')),
    ADD CONSTRAINT "ai_usage_total_daily_counts_check"
        CHECK ("suggestions_shown" >= "suggestions_accepted" AND "suggestions_accepted" >= 0
            AND "lines_suggested" >= 0 AND "lines_accepted" >= 0 AND "interactions" >= 0 AND "active_users" >= 0);
ALTER TABLE "ai_seat"
    ADD CONSTRAINT "ai_seat_source_check" CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER'));
ALTER TABLE "ai_seat_daily"
    ADD CONSTRAINT "ai_seat_daily_source_check" CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER')),
    ADD CONSTRAINT "ai_seat_daily_counts_check" CHECK ("total" >= 0 AND "active_this_cycle" >= 0
        AND "inactive_this_cycle" >= 0 AND "pending_cancellation" >= 0);
ALTER TABLE "admin_audit"
    ADD CONSTRAINT "admin_audit_action_check" CHECK ("action" ~ '^[A-Z][A-Z_]{2,62}$'),
    ADD CONSTRAINT "admin_audit_details_check" CHECK (jsonb_typeof("details") = 'object');

-- Row-level security of the new tables, and for all tenant tables the setting read once a statement instead of once a
-- row: within a sub-select it is an init plan.
DO $$
DECLARE
    tenant record;
    teams constant text :=
        '(SELECT nullif(current_setting(''app.team_ids'', true), '''')::bigint[])::bigint[]';
BEGIN
    FOR tenant IN
        SELECT c.relname AS name, CASE c.relname WHEN 'team' THEN 'id' ELSE 'team_id' END AS key
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND (c.relname = 'team' OR EXISTS (
                SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'team_id'))
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', tenant.name);
        EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', tenant.name);
        EXECUTE format('DROP POLICY IF EXISTS %I ON public.%I', tenant.name || '_team', tenant.name);
        EXECUTE format('CREATE POLICY %I ON public.%I TO throughline_application, throughline_reader
            USING (%I = ANY (%s)) WITH CHECK (%I = ANY (%s))',
            tenant.name || '_team', tenant.name, tenant.key, teams, tenant.key, teams);
        EXECUTE format('DROP POLICY IF EXISTS %I ON public.%I', tenant.name || '_maintenance', tenant.name);
        EXECUTE format('CREATE POLICY %I ON public.%I TO throughline_maintenance USING (true) WITH CHECK (true)',
            tenant.name || '_maintenance', tenant.name);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON "rollup_rebuild", "ai_usage_source" TO throughline_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON "ai_usage_report", "ai_usage_total_daily", "ai_seat", "ai_seat_daily"
    TO throughline_application;
-- Retention deletes old usage; a partition that nobody needs any more is dropped by its owner.
GRANT DELETE ON "ai_usage_daily" TO throughline_application;
GRANT SELECT, INSERT ON "admin_audit" TO throughline_application;
GRANT UPDATE ("time_zone", "week_start", "rollup_generation", "rollup_definition", "data_epoch",
    "ai_usage_retention_days", "weekly_metrics_retention_days", "ai_usage_retained_from", "weekly_metrics_retained_from")
    ON "team" TO throughline_application;
GRANT SELECT ON "rollup_rebuild", "ai_usage_source", "ai_usage_report", "ai_usage_total_daily", "ai_seat",
    "ai_seat_daily", "admin_audit" TO throughline_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO throughline_application;

-- Makes the month's partition of ai_usage_daily when it is missing. The range is bounded, so that a row with an
-- absurd date cannot fill the catalogue. The table is made apart and then attached, because CREATE … PARTITION OF
-- would wait for every reader of the parent. Half of each page is left free: a day's row is written again for days.
CREATE OR REPLACE FUNCTION "throughline_ensure_usage_partition"("day" date)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    month_start date := date_trunc('month', "day")::date;
    partition_name text := 'ai_usage_daily_' || to_char(month_start, 'YYYY_MM');
    is_leaving boolean;
BEGIN
    IF "day" IS NULL OR "day" < date '2000-01-01' OR "day" > current_date + 366 THEN
        RAISE EXCEPTION 'no partition for %: usage days lie between 2000-01-01 and a year ahead', "day"
            USING ERRCODE = 'datetime_field_overflow';
    END IF;
    SELECT i.inhdetachpending INTO is_leaving
    FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relnamespace = 'partitions'::regnamespace AND c.relname = partition_name;
    IF FOUND AND NOT is_leaving THEN
        RETURN partition_name;
    END IF;
    IF is_leaving THEN
        RAISE EXCEPTION 'partition % is being removed by retention; try again in a moment', partition_name
            USING ERRCODE = 'lock_not_available';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('throughline:partition:' || partition_name, 0));
    -- Not to_regclass: behind the lock it would still answer what it cached before it.
    IF NOT EXISTS (SELECT FROM pg_class c
            WHERE c.relnamespace = 'partitions'::regnamespace AND c.relname = partition_name) THEN
        EXECUTE format('CREATE TABLE partitions.%I (LIKE public.ai_usage_daily INCLUDING ALL) WITH (fillfactor = 50,
            autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.005)', partition_name);
    END IF;
    -- Also one that retention has detached and not dropped yet: whoever writes to it needs it.
    IF NOT EXISTS (SELECT FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
            WHERE c.relnamespace = 'partitions'::regnamespace AND c.relname = partition_name) THEN
        EXECUTE format('ALTER TABLE public.ai_usage_daily ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
            partition_name, month_start, (month_start + interval '1 month')::date);
    END IF;
    RETURN partition_name;
END
$$;
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'public.ai_usage_daily'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01,
            autovacuum_analyze_scale_factor = 0.005)', partition);
    END LOOP;
END
$$;

-- Which teams there are, for work that goes team by team: a worker sees one team at a time and must know of it first.
CREATE FUNCTION "throughline_list_teams"("after" bigint, "count" integer)
RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT "id" FROM "team" WHERE "id" > "after" ORDER BY "id" LIMIT least("count", 1000)
$$;
REVOKE ALL ON FUNCTION "throughline_list_teams"(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_list_teams"(bigint, integer) TO throughline_application;

-- Large tables are cleaned before a fifth of them is dead (tformance.md 1.6); dirty marks come and go all the time.
ALTER TABLE "pull_request" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "pull_request_file" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "commit" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "review" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "member" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "weekly_metrics" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "rollup_dirty" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

COMMENT ON TABLE "rollup_dirty" IS
    'Append-only: each write that touches a week adds a dirty mark, of a member or (without one) of the whole week; a rollup deletes only the marks its snapshot shows.';
COMMENT ON TABLE "rollup_rebuild" IS
    'A rebuild of weekly metrics: its range, the settings of the generation it writes, how far it is.';
COMMENT ON TABLE "ai_usage_source" IS
    'Where a team''s AI usage is fetched from, and what stands in the way.';
COMMENT ON TABLE "ai_usage_report" IS
    'One day''s report of a source: whether it was there, what came in and what it changed.';
COMMENT ON TABLE "ai_usage_total_daily" IS
    'Usage of a whole organisation on one UTC day: in total, or of one language, editor, feature or model. Never of a member.';
COMMENT ON TABLE "ai_seat" IS
    'A paid seat of a member.';
COMMENT ON TABLE "ai_seat_daily" IS
    'How many seats an organisation paid for on a day.';
COMMENT ON TABLE "admin_audit" IS
    'Who changed what, and what housekeeping removed. Append-only; without an actor the system did it.';

-- Each index that is no key names the first statement that needs it; test/integration/db/index-use.test.ts holds the
-- plans.
COMMENT ON INDEX "repository_team_id_owner_name_idx" IS
    'TEAM_REPOSITORIES (src/db/reads/lists.ts): a page of a team''s repositories, by name';
COMMENT ON INDEX "member_team_id_login_id_idx" IS
    'TEAM_MEMBERS (src/db/reads/lists.ts): a page of a team''s members, by login';
COMMENT ON INDEX "pull_request_team_id_created_at_id_idx" IS
    'TEAM_PULL_REQUESTS (src/db/reads/lists.ts): a page of a team''s pull requests, newest first';
COMMENT ON INDEX "pull_request_team_id_merged_at_idx" IS
    'COMPUTE_WEEKS (src/db/rollups/member-weeks.ts): what a team merged in a week';
COMMENT ON INDEX "pull_request_team_id_author_id_created_at_idx" IS
    'COMPUTE_MEMBER_WEEKS (src/db/rollups/member-weeks.ts): what a member opened in a week';
COMMENT ON INDEX "pull_request_team_id_author_id_merged_at_idx" IS
    'COMPUTE_MEMBER_WEEKS (src/db/rollups/member-weeks.ts): what a member merged in a week';
COMMENT ON INDEX "pull_request_closed_idx" IS
    'COMPUTE_WEEKS (src/db/rollups/member-weeks.ts): what a team closed without a merge in a week';
COMMENT ON INDEX "pull_request_author_closed_idx" IS
    'COMPUTE_MEMBER_WEEKS (src/db/rollups/member-weeks.ts): what a member closed without a merge in a week';
COMMENT ON INDEX "pull_request_label_team_id_pull_request_id_idx" IS
    'readLabels (src/db/reads/pull-request-labels.ts): the labels of a page of pull requests';
COMMENT ON INDEX "review_team_id_pull_request_id_submitted_at_idx" IS
    'PULL_REQUEST_REVIEWS (src/db/reads/lists.ts): a page of a pull request''s reviews, in their order';
COMMENT ON INDEX "review_team_id_reviewer_id_submitted_at_idx" IS
    'COMPUTE_MEMBER_WEEKS (src/db/rollups/member-weeks.ts): what a member reviewed in a week';
COMMENT ON INDEX "review_team_id_submitted_at_idx" IS
    'COMPUTE_WEEKS (src/db/rollups/member-weeks.ts): what a team reviewed in a week';
COMMENT ON INDEX "commit_team_id_author_id_authored_at_idx" IS
    'COMPUTE_MEMBER_WEEKS (src/db/rollups/member-weeks.ts): what a member committed in a week';
COMMENT ON INDEX "commit_team_id_authored_at_idx" IS
    'COMPUTE_WEEKS (src/db/rollups/member-weeks.ts): what a team committed in a week';
COMMENT ON INDEX "weekly_metrics_team_id_generation_week_start_idx" IS
    'readTeamWeeks (src/db/reads/weekly-metrics.ts): a team''s weeks in a range';
COMMENT ON INDEX "sync_run_team_id_parent_id_idx" IS
    'readSyncRunProgress (src/db/reads/sync-run-progress.ts): the repository syncs of a job';
