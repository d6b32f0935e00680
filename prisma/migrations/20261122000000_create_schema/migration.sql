-- The first part is what Prisma's engine writes for prisma/schema.prisma (ai_usage_daily is partitioned by hand).
-- The second part is what Prisma cannot express. It needs the roles of deploy/postgres/roles.sql.

-- CreateTable
CREATE TABLE "team" (
    "id" BIGSERIAL NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "week_start" TEXT NOT NULL DEFAULT 'MONDAY',
    "tracking_started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rollup_generation" INTEGER NOT NULL DEFAULT 1,
    "data_epoch" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "team_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_user" (
    "id" BIGSERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "instance_role" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "team_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("team_id","user_id")
);

-- CreateTable
CREATE TABLE "access_token" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "github_connection" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "api_url" TEXT NOT NULL,
    "secret" TEXT,
    "identity" TEXT,
    "status" TEXT NOT NULL DEFAULT 'ACTIVE',
    "status_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "github_connection_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "github_quota" (
    "identity" TEXT NOT NULL,
    "resource" TEXT NOT NULL DEFAULT 'graphql',
    "point_limit" INTEGER NOT NULL,
    "remaining" INTEGER NOT NULL,
    "used" INTEGER NOT NULL,
    "reset_at" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),
    "blocked_reason" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "github_quota_pkey" PRIMARY KEY ("identity")
);

-- CreateTable
CREATE TABLE "repository" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "connection_id" BIGINT NOT NULL,
    "github_id" BIGINT NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "default_branch" TEXT,
    "is_private" BOOLEAN NOT NULL DEFAULT false,
    "is_archived" BOOLEAN NOT NULL DEFAULT false,
    "sync_state" TEXT NOT NULL DEFAULT 'PENDING',
    "sync_reason" TEXT,
    "complete_from" TIMESTAMPTZ(3),
    "watermark" TIMESTAMPTZ(3),
    "page_size" INTEGER NOT NULL DEFAULT 25,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "repository_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "member" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "github_id" BIGINT NOT NULL,
    "login" TEXT NOT NULL,
    "name" TEXT,
    "kind" TEXT NOT NULL,
    "kind_rule" TEXT NOT NULL,
    "is_external" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "pull_request" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "github_id" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "is_draft" BOOLEAN NOT NULL,
    "author_id" BIGINT NOT NULL,
    "merged_by_id" BIGINT,
    "base_branch" TEXT NOT NULL,
    "head_branch" TEXT NOT NULL,
    "head_sha" TEXT NOT NULL,
    "merge_commit_sha" TEXT,
    "additions" BIGINT,
    "deletions" BIGINT,
    "changed_files" BIGINT,
    "is_revert" BOOLEAN NOT NULL,
    "is_hotfix" BOOLEAN NOT NULL,
    "text_cleaned" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ready_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "first_review_at" TIMESTAMPTZ(3),
    "last_approval_at" TIMESTAMPTZ(3),
    "merged_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "coding_seconds" BIGINT,
    "pickup_seconds" BIGINT,
    "review_seconds" BIGINT,
    "merge_wait_seconds" BIGINT,
    "cycle_time_seconds" BIGINT,
    "complete" BOOLEAN NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pull_request_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "pull_request_label" (
    "team_id" BIGINT NOT NULL,
    "label" TEXT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,

    CONSTRAINT "pull_request_label_pkey" PRIMARY KEY ("team_id","label","pull_request_id")
);

-- CreateTable
CREATE TABLE "review" (
    "team_id" BIGINT NOT NULL,
    "github_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "reviewer_id" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "review_pkey" PRIMARY KEY ("team_id","github_id")
);

-- CreateTable
CREATE TABLE "commit" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "sha" TEXT NOT NULL,
    "author_id" BIGINT,
    "author_name" TEXT,
    "headline" TEXT NOT NULL,
    "co_authors" TEXT[],
    "authored_at" TIMESTAMPTZ(3) NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "commit_pkey" PRIMARY KEY ("team_id","pull_request_id","sha")
);

-- CreateTable
CREATE TABLE "pull_request_file" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "path" TEXT NOT NULL,
    "change_type" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "additions" BIGINT NOT NULL,
    "deletions" BIGINT NOT NULL,

    CONSTRAINT "pull_request_file_pkey" PRIMARY KEY ("team_id","pull_request_id","path")
);

-- CreateTable
CREATE TABLE "ai_usage_daily" (
    "team_id" BIGINT NOT NULL,
    "member_id" BIGINT NOT NULL,
    "date" DATE NOT NULL,
    "source" TEXT NOT NULL,
    "suggestions_shown" BIGINT NOT NULL DEFAULT 0,
    "suggestions_accepted" BIGINT NOT NULL DEFAULT 0,
    "lines_suggested" BIGINT NOT NULL DEFAULT 0,
    "lines_accepted" BIGINT NOT NULL DEFAULT 0,
    "interactions" BIGINT NOT NULL DEFAULT 0,
    "active_hours" DECIMAL(6,2),
    "credits" DECIMAL(12,4),
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ai_usage_daily_pkey" PRIMARY KEY ("team_id","member_id","date","source")
) PARTITION BY RANGE ("date");

-- CreateTable
CREATE TABLE "weekly_metrics" (
    "team_id" BIGINT NOT NULL,
    "generation" INTEGER NOT NULL,
    "member_id" BIGINT NOT NULL,
    "week_start" DATE NOT NULL,
    "pull_requests_opened" BIGINT NOT NULL,
    "pull_requests_merged" BIGINT NOT NULL,
    "pull_requests_closed" BIGINT NOT NULL,
    "cycle_time_seconds" BIGINT NOT NULL,
    "coding_seconds" BIGINT NOT NULL,
    "pickup_seconds" BIGINT NOT NULL,
    "review_seconds" BIGINT NOT NULL,
    "merge_wait_seconds" BIGINT NOT NULL,
    "open_to_merge_seconds" BIGINT NOT NULL,
    "first_review_seconds" BIGINT NOT NULL,
    "first_review_count" BIGINT NOT NULL,
    "sized_count" BIGINT NOT NULL,
    "additions" BIGINT NOT NULL,
    "deletions" BIGINT NOT NULL,
    "revert_count" BIGINT NOT NULL,
    "hotfix_count" BIGINT NOT NULL,
    "reviews_submitted" BIGINT NOT NULL,
    "commits" BIGINT NOT NULL,
    "ai_suggestions_shown" BIGINT NOT NULL,
    "ai_suggestions_accepted" BIGINT NOT NULL,
    "ai_active_days" BIGINT NOT NULL,
    "definition_version" TEXT NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "weekly_metrics_pkey" PRIMARY KEY ("team_id","generation","member_id","week_start")
);

-- CreateTable
CREATE TABLE "rollup_dirty" (
    "team_id" BIGINT NOT NULL,
    "week_start" DATE NOT NULL,
    "seq" BIGSERIAL NOT NULL,

    CONSTRAINT "rollup_dirty_pkey" PRIMARY KEY ("team_id","week_start","seq")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "parent_id" BIGINT,
    "repository_id" BIGINT,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RUNNING',
    "workflow_id" TEXT NOT NULL,
    "workflow_run_id" TEXT NOT NULL,
    "requested_by_id" BIGINT,
    "requested_names" TEXT[],
    "since" TIMESTAMPTZ(3) NOT NULL,
    "cursor" TEXT,
    "pages" INTEGER NOT NULL DEFAULT 0,
    "requests" INTEGER NOT NULL DEFAULT 0,
    "points" INTEGER NOT NULL DEFAULT 0,
    "pull_requests_seen" INTEGER NOT NULL DEFAULT 0,
    "pull_requests_stored" INTEGER NOT NULL DEFAULT 0,
    "pull_requests_total" INTEGER,
    "oldest_reached_at" TIMESTAMPTZ(3),
    "newest_seen_at" TIMESTAMPTZ(3),
    "waiting_until" TIMESTAMPTZ(3),
    "waiting_reason" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "sync_page" (
    "team_id" BIGINT NOT NULL,
    "sync_run_id" BIGINT NOT NULL,
    "page" INTEGER NOT NULL,
    "cursor_before" TEXT,
    "cursor_after" TEXT,
    "points" INTEGER NOT NULL,
    "requests" INTEGER NOT NULL,
    "pull_requests_in" INTEGER NOT NULL,
    "pull_requests_inserted" INTEGER NOT NULL,
    "pull_requests_updated" INTEGER NOT NULL,
    "pull_requests_unchanged" INTEGER NOT NULL,
    "pull_requests_dead_lettered" INTEGER NOT NULL,
    "children_in" INTEGER NOT NULL,
    "children_written" INTEGER NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sync_page_pkey" PRIMARY KEY ("team_id","sync_run_id","page")
);

-- CreateTable
CREATE TABLE "dead_letter" (
    "team_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "entity" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL,
    "reason_code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("team_id","repository_id","entity","natural_key")
);

-- CreateIndex
CREATE UNIQUE INDEX "team_slug_key" ON "team"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "app_user_email_key" ON "app_user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "access_token_hash_key" ON "access_token"("hash");

-- CreateIndex
CREATE INDEX "repository_team_id_owner_name_idx" ON "repository"("team_id", "owner", "name");

-- CreateIndex
CREATE UNIQUE INDEX "repository_team_id_github_id_key" ON "repository"("team_id", "github_id");

-- CreateIndex
CREATE INDEX "member_team_id_login_id_idx" ON "member"("team_id", "login", "id");

-- CreateIndex
CREATE UNIQUE INDEX "member_team_id_github_id_key" ON "member"("team_id", "github_id");

-- CreateIndex
CREATE INDEX "pull_request_team_id_created_at_id_idx" ON "pull_request"("team_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "pull_request_team_id_merged_at_idx" ON "pull_request"("team_id", "merged_at");

-- CreateIndex
CREATE INDEX "pull_request_team_id_author_id_idx" ON "pull_request"("team_id", "author_id");

-- CreateIndex
CREATE INDEX "pull_request_team_id_merged_by_id_idx" ON "pull_request"("team_id", "merged_by_id");

-- CreateIndex
CREATE UNIQUE INDEX "pull_request_team_id_repository_id_number_key" ON "pull_request"("team_id", "repository_id", "number");

-- CreateIndex
CREATE INDEX "pull_request_label_team_id_pull_request_id_idx" ON "pull_request_label"("team_id", "pull_request_id");

-- CreateIndex
CREATE INDEX "review_team_id_pull_request_id_submitted_at_idx" ON "review"("team_id", "pull_request_id", "submitted_at");

-- CreateIndex
CREATE INDEX "review_team_id_reviewer_id_idx" ON "review"("team_id", "reviewer_id");

-- CreateIndex
CREATE INDEX "review_team_id_submitted_at_idx" ON "review"("team_id", "submitted_at");

-- CreateIndex
CREATE INDEX "commit_team_id_author_id_idx" ON "commit"("team_id", "author_id");

-- CreateIndex
CREATE INDEX "commit_team_id_authored_at_idx" ON "commit"("team_id", "authored_at");

-- CreateIndex
CREATE INDEX "ai_usage_daily_team_id_date_idx" ON "ai_usage_daily"("team_id", "date");

-- CreateIndex
CREATE INDEX "weekly_metrics_team_id_generation_week_start_idx" ON "weekly_metrics"("team_id", "generation", "week_start");

-- CreateIndex
CREATE INDEX "sync_run_team_id_parent_id_idx" ON "sync_run"("team_id", "parent_id");

-- CreateIndex
CREATE INDEX "sync_run_team_id_repository_id_idx" ON "sync_run"("team_id", "repository_id");

-- CreateIndex
CREATE UNIQUE INDEX "sync_run_team_id_workflow_id_workflow_run_id_key" ON "sync_run"("team_id", "workflow_id", "workflow_run_id");

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "github_connection" ADD CONSTRAINT "github_connection_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository" ADD CONSTRAINT "repository_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository" ADD CONSTRAINT "repository_team_id_connection_id_fkey" FOREIGN KEY ("team_id", "connection_id") REFERENCES "github_connection"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request" ADD CONSTRAINT "pull_request_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request" ADD CONSTRAINT "pull_request_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request" ADD CONSTRAINT "pull_request_team_id_author_id_fkey" FOREIGN KEY ("team_id", "author_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request" ADD CONSTRAINT "pull_request_team_id_merged_by_id_fkey" FOREIGN KEY ("team_id", "merged_by_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "pull_request_label" ADD CONSTRAINT "pull_request_label_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_team_id_reviewer_id_fkey" FOREIGN KEY ("team_id", "reviewer_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commit" ADD CONSTRAINT "commit_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commit" ADD CONSTRAINT "commit_team_id_author_id_fkey" FOREIGN KEY ("team_id", "author_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "pull_request_file" ADD CONSTRAINT "pull_request_file_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_usage_daily" ADD CONSTRAINT "ai_usage_daily_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "weekly_metrics" ADD CONSTRAINT "weekly_metrics_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "weekly_metrics" ADD CONSTRAINT "weekly_metrics_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_team_id_parent_id_fkey" FOREIGN KEY ("team_id", "parent_id") REFERENCES "sync_run"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "sync_page" ADD CONSTRAINT "sync_page_team_id_sync_run_id_fkey" FOREIGN KEY ("team_id", "sync_run_id") REFERENCES "sync_run"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Closed value sets are text with a CHECK: enum operators are not leakproof, so their indexes are not used under
-- row-level security.
ALTER TABLE "team"
    ADD CONSTRAINT "team_week_start_check" CHECK ("week_start" IN ('MONDAY', 'SUNDAY')),
    ADD CONSTRAINT "team_slug_check" CHECK ("slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$');
ALTER TABLE "app_user"
    ADD CONSTRAINT "app_user_instance_role_check" CHECK ("instance_role" IN ('OPERATOR'));
ALTER TABLE "membership"
    ADD CONSTRAINT "membership_role_check" CHECK ("role" IN ('VIEWER', 'ADMIN'));
ALTER TABLE "access_token"
    ADD CONSTRAINT "access_token_hash_check" CHECK (octet_length("hash") = 32);
ALTER TABLE "github_connection"
    ADD CONSTRAINT "github_connection_kind_check" CHECK ("kind" IN ('PAT', 'APP')),
    ADD CONSTRAINT "github_connection_status_check" CHECK ("status" IN ('ACTIVE', 'NEEDS_REAUTH'));
ALTER TABLE "repository"
    ADD CONSTRAINT "repository_sync_state_check"
        CHECK ("sync_state" IN ('PENDING', 'ACTIVE', 'EMPTY', 'ARCHIVED', 'FORBIDDEN', 'GONE')),
    ADD CONSTRAINT "repository_page_size_check" CHECK ("page_size" BETWEEN 1 AND 100);
ALTER TABLE "member"
    ADD CONSTRAINT "member_kind_check" CHECK ("kind" IN ('HUMAN', 'BOT', 'AI_AGENT', 'UNKNOWN'));
ALTER TABLE "pull_request"
    ADD CONSTRAINT "pull_request_state_check" CHECK ("state" IN ('OPEN', 'CLOSED', 'MERGED')),
    ADD CONSTRAINT "pull_request_merged_check" CHECK (("state" = 'MERGED') = ("merged_at" IS NOT NULL)),
    ADD CONSTRAINT "pull_request_size_check"
        CHECK ("additions" >= 0 AND "deletions" >= 0 AND "changed_files" >= 0),
    -- The phases of a merged pull request are all known and add up; of any other, none is known.
    ADD CONSTRAINT "pull_request_phases_check" CHECK (
        CASE WHEN "merged_at" IS NULL
            THEN num_nonnulls("coding_seconds", "pickup_seconds", "review_seconds", "merge_wait_seconds",
                              "cycle_time_seconds") = 0
            ELSE num_nulls("coding_seconds", "pickup_seconds", "review_seconds", "merge_wait_seconds",
                           "cycle_time_seconds") = 0
                AND "cycle_time_seconds"
                    = "coding_seconds" + "pickup_seconds" + "review_seconds" + "merge_wait_seconds"
        END);
ALTER TABLE "review"
    ADD CONSTRAINT "review_state_check"
        CHECK ("state" IN ('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'));
ALTER TABLE "pull_request_file"
    ADD CONSTRAINT "pull_request_file_change_type_check"
        CHECK ("change_type" IN ('ADDED', 'MODIFIED', 'DELETED', 'RENAMED', 'COPIED', 'CHANGED')),
    ADD CONSTRAINT "pull_request_file_category_check"
        CHECK ("category" IN ('TEST', 'FRONTEND', 'BACKEND', 'JAVASCRIPT', 'DOCS', 'CONFIG', 'OTHER')),
    ADD CONSTRAINT "pull_request_file_size_check" CHECK ("additions" >= 0 AND "deletions" >= 0);
ALTER TABLE "ai_usage_daily"
    ADD CONSTRAINT "ai_usage_daily_source_check"
        CHECK ("source" IN ('COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER')),
    ADD CONSTRAINT "ai_usage_daily_counts_check"
        CHECK ("suggestions_shown" >= "suggestions_accepted" AND "suggestions_accepted" >= 0
            AND "lines_suggested" >= 0 AND "lines_accepted" >= 0 AND "interactions" >= 0
            AND "active_hours" BETWEEN 0 AND 24 AND "credits" >= 0);
ALTER TABLE "weekly_metrics"
    ADD CONSTRAINT "weekly_metrics_generation_check" CHECK ("generation" > 0);
ALTER TABLE "sync_run"
    ADD CONSTRAINT "sync_run_kind_check" CHECK ("kind" IN ('BACKFILL', 'INCREMENTAL')),
    ADD CONSTRAINT "sync_run_status_check"
        CHECK ("status" IN ('RUNNING', 'COMPLETED', 'PARTIAL', 'FAILED', 'CANCELLED')),
    ADD CONSTRAINT "sync_run_finished_check" CHECK (("status" = 'RUNNING') = ("finished_at" IS NULL)),
    ADD CONSTRAINT "sync_run_parent_check" CHECK (("parent_id" IS NULL) OR ("repository_id" IS NOT NULL));

-- The first day of the week that an instant falls into, in the team's time zone. Nothing else computes weeks.
CREATE FUNCTION "throughline_week_start"("at" timestamptz, "zone" text, "first_day" text)
RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE "first_day"
        WHEN 'SUNDAY' THEN (date_trunc('week', ("at" AT TIME ZONE "zone") + interval '1 day') - interval '1 day')::date
        ELSE date_trunc('week', "at" AT TIME ZONE "zone")::date
    END
$$;

-- Partitions live in a schema of their own, without grants: they are reached through their parent only.
CREATE SCHEMA "partitions";

-- Makes the month's partition of ai_usage_daily when it is missing. The range is bounded, so that a row with an
-- absurd date cannot fill the catalogue.
CREATE FUNCTION "throughline_ensure_usage_partition"("day" date)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    month_start date := date_trunc('month', "day")::date;
    partition_name text := 'ai_usage_daily_' || to_char(month_start, 'YYYY_MM');
BEGIN
    IF "day" IS NULL OR "day" < date '2000-01-01' OR "day" > current_date + 366 THEN
        RAISE EXCEPTION 'no partition for %: usage days lie between 2000-01-01 and a year ahead', "day"
            USING ERRCODE = 'datetime_field_overflow';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('throughline:partition:' || partition_name, 0));
    IF to_regclass(format('partitions.%I', partition_name)) IS NULL THEN
        EXECUTE format('CREATE TABLE partitions.%I PARTITION OF public.ai_usage_daily FOR VALUES FROM (%L) TO (%L)',
            partition_name, month_start, (month_start + interval '1 month')::date);
    END IF;
    RETURN partition_name;
END
$$;

-- Who a bearer token belongs to, before any team is known. Unknown, expired and revoked tokens give no row.
CREATE FUNCTION "throughline_authenticate"("token_hash" bytea)
RETURNS TABLE ("user_id" bigint, "email" text, "name" text, "instance_role" text, "team_ids" bigint[], "admin_team_ids" bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u."id", u."email", u."name", u."instance_role",
        coalesce(array_agg(m."team_id" ORDER BY m."team_id") FILTER (WHERE m."team_id" IS NOT NULL), '{}'),
        coalesce(array_agg(m."team_id" ORDER BY m."team_id") FILTER (WHERE m."role" = 'ADMIN'), '{}')
    FROM "access_token" t
    JOIN "app_user" u ON u."id" = t."user_id"
    LEFT JOIN "membership" m ON m."user_id" = u."id"
    WHERE t."hash" = "token_hash" AND t."revoked_at" IS NULL AND (t."expires_at" IS NULL OR t."expires_at" > now())
    GROUP BY u."id"
$$;

-- Whoever follows a sync run is notified that it changed; the message holds ids only, the row is read again.
CREATE FUNCTION "throughline_notify_sync_run"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('throughline_sync_run', NEW."team_id" || ':' || coalesce(NEW."parent_id", NEW."id"));
    RETURN NULL;
END
$$;
CREATE TRIGGER "sync_run_notify" AFTER INSERT OR UPDATE ON "sync_run"
    FOR EACH ROW EXECUTE FUNCTION "throughline_notify_sync_run"();

-- Row-level security is the second wall: without the setting there are no rows. nullif matters on pooled
-- connections, where a reset custom setting is an empty string.
ALTER TABLE "team" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "team" FORCE ROW LEVEL SECURITY;
CREATE POLICY "team_team" ON "team" TO throughline_application, throughline_reader
    USING ("id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "team_maintenance" ON "team" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "membership" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "membership" FORCE ROW LEVEL SECURITY;
CREATE POLICY "membership_team" ON "membership" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "membership_maintenance" ON "membership" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "github_connection" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "github_connection" FORCE ROW LEVEL SECURITY;
CREATE POLICY "github_connection_team" ON "github_connection" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "github_connection_maintenance" ON "github_connection" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "repository" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "repository" FORCE ROW LEVEL SECURITY;
CREATE POLICY "repository_team" ON "repository" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "repository_maintenance" ON "repository" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "member" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "member" FORCE ROW LEVEL SECURITY;
CREATE POLICY "member_team" ON "member" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "member_maintenance" ON "member" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "pull_request" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pull_request" FORCE ROW LEVEL SECURITY;
CREATE POLICY "pull_request_team" ON "pull_request" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "pull_request_maintenance" ON "pull_request" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "pull_request_label" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pull_request_label" FORCE ROW LEVEL SECURITY;
CREATE POLICY "pull_request_label_team" ON "pull_request_label" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "pull_request_label_maintenance" ON "pull_request_label" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "review" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "review" FORCE ROW LEVEL SECURITY;
CREATE POLICY "review_team" ON "review" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "review_maintenance" ON "review" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "commit" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "commit" FORCE ROW LEVEL SECURITY;
CREATE POLICY "commit_team" ON "commit" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "commit_maintenance" ON "commit" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "pull_request_file" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pull_request_file" FORCE ROW LEVEL SECURITY;
CREATE POLICY "pull_request_file_team" ON "pull_request_file" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "pull_request_file_maintenance" ON "pull_request_file" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "ai_usage_daily" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ai_usage_daily" FORCE ROW LEVEL SECURITY;
CREATE POLICY "ai_usage_daily_team" ON "ai_usage_daily" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "ai_usage_daily_maintenance" ON "ai_usage_daily" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "weekly_metrics" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "weekly_metrics" FORCE ROW LEVEL SECURITY;
CREATE POLICY "weekly_metrics_team" ON "weekly_metrics" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "weekly_metrics_maintenance" ON "weekly_metrics" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "rollup_dirty" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "rollup_dirty" FORCE ROW LEVEL SECURITY;
CREATE POLICY "rollup_dirty_team" ON "rollup_dirty" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "rollup_dirty_maintenance" ON "rollup_dirty" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "sync_run" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sync_run" FORCE ROW LEVEL SECURITY;
CREATE POLICY "sync_run_team" ON "sync_run" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "sync_run_maintenance" ON "sync_run" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "sync_page" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sync_page" FORCE ROW LEVEL SECURITY;
CREATE POLICY "sync_page_team" ON "sync_page" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "sync_page_maintenance" ON "sync_page" TO throughline_maintenance USING (true) WITH CHECK (true);

ALTER TABLE "dead_letter" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "dead_letter" FORCE ROW LEVEL SECURITY;
CREATE POLICY "dead_letter_team" ON "dead_letter" TO throughline_application, throughline_reader
    USING ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]))
    WITH CHECK ("team_id" = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
CREATE POLICY "dead_letter_maintenance" ON "dead_letter" TO throughline_maintenance USING (true) WITH CHECK (true);

-- A user sees their own row and those who share a team with them.
ALTER TABLE "app_user" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "app_user" FORCE ROW LEVEL SECURITY;
CREATE POLICY "app_user_visible" ON "app_user" FOR SELECT TO throughline_application, throughline_reader
    USING ("id" = nullif(current_setting('app.user_id', true), '')::bigint
        OR EXISTS (SELECT 1 FROM "membership" m WHERE m."user_id" = "app_user"."id"));
CREATE POLICY "app_user_maintenance" ON "app_user" TO throughline_maintenance USING (true) WITH CHECK (true);

-- Tokens are reached through throughline_authenticate only.
ALTER TABLE "access_token" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "access_token" FORCE ROW LEVEL SECURITY;
CREATE POLICY "access_token_maintenance" ON "access_token" TO throughline_maintenance USING (true) WITH CHECK (true);

-- Grants. The application owns nothing; the reader reads.
GRANT USAGE ON SCHEMA public TO throughline_application, throughline_reader;
REVOKE ALL ON FUNCTION "throughline_authenticate"(bytea), "throughline_ensure_usage_partition"(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_authenticate"(bytea), "throughline_ensure_usage_partition"(date)
    TO throughline_application;
GRANT SELECT ON "team", "app_user", "membership" TO throughline_application, throughline_reader;
GRANT SELECT, INSERT, UPDATE ON "github_quota" TO throughline_application;
GRANT SELECT ON "github_quota" TO throughline_reader;
-- Rows that can vanish on GitHub, or are made anew, may be deleted; the rest is kept.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    "pull_request_label",
    "review",
    "commit",
    "pull_request_file",
    "weekly_metrics",
    "rollup_dirty"
    TO throughline_application;
GRANT SELECT, INSERT, UPDATE ON
    "repository",
    "member",
    "pull_request",
    "ai_usage_daily",
    "sync_run",
    "sync_page",
    "dead_letter"
    TO throughline_application;
GRANT SELECT, UPDATE ("identity", "status", "status_reason", "updated_at") ON "github_connection"
    TO throughline_application;
GRANT SELECT ON
    "repository",
    "member",
    "pull_request",
    "pull_request_label",
    "review",
    "commit",
    "pull_request_file",
    "ai_usage_daily",
    "weekly_metrics",
    "rollup_dirty",
    "sync_run",
    "sync_page",
    "dead_letter"
    TO throughline_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO throughline_application;

COMMENT ON TABLE "team" IS
    'A tenant: the engineers whose work is measured together.';
COMMENT ON TABLE "app_user" IS
    'A person or service that signs in. Not a tenant row: one user may belong to several teams.';
COMMENT ON TABLE "membership" IS
    'Which user may see (VIEWER) or change (ADMIN) which team.';
COMMENT ON TABLE "access_token" IS
    'Bearer tokens, stored as SHA-256 of the token; the token itself is shown once.';
COMMENT ON TABLE "github_connection" IS
    'How a team reaches GitHub. The secret is an AES-256-GCM envelope bound to this row.';
COMMENT ON TABLE "github_quota" IS
    'GitHub''s limits belong to an identity (user or installation), which several teams may share.';
COMMENT ON TABLE "repository" IS
    'A repository of a team. Its identity is GitHub''s number; owner and name are attributes (renames, transfers).';
COMMENT ON TABLE "member" IS
    'A GitHub account seen in a team''s repositories, with the rule that decided what kind of actor it is.';
COMMENT ON TABLE "pull_request" IS
    'One pull request. Phases are whole seconds and add up to cycle_time_seconds (a CHECK holds it).';
COMMENT ON TABLE "pull_request_label" IS
    'Labels as rows, so that a filter is a B-tree look-up under row-level security.';
COMMENT ON TABLE "review" IS
    'One submitted review.';
COMMENT ON TABLE "commit" IS
    'One commit of a pull request, with both of git''s dates and the co-author trailers of its message.';
COMMENT ON TABLE "pull_request_file" IS
    'One file that a pull request changes.';
COMMENT ON TABLE "ai_usage_daily" IS
    'AI tool usage of one member on one UTC day from one source. Partitioned by month of date.';
COMMENT ON TABLE "weekly_metrics" IS
    'One member''s week: sums with their counts, never means. Sparse: a week without activity has no row.';
COMMENT ON TABLE "rollup_dirty" IS
    'Append-only: each write that touches a week adds a dirty mark; a rollup deletes only the marks its snapshot shows.';
COMMENT ON TABLE "sync_run" IS
    'What ran: a backfill job of a team (no parent, no repository) or the sync of one repository within it.';
COMMENT ON TABLE "sync_page" IS
    'One committed page of a repository sync: what came in and what it changed.';
COMMENT ON TABLE "dead_letter" IS
    'A row from outside that could not be stored, with the reason; the next sync that meets it tries again.';
