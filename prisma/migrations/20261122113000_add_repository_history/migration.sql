-- Repository history: everything of a pull request, deployments, releases, incidents, webhooks, quotas, reconcile.
-- The first part is what Prisma's engine writes for the difference; the second part is what Prisma cannot express.

-- AlterTable
ALTER TABLE "commit" ADD COLUMN     "body" TEXT;

-- AlterTable
ALTER TABLE "github_connection" ADD COLUMN     "app_id" BIGINT,
ADD COLUMN     "disconnected_at" TIMESTAMPTZ(3),
ADD COLUMN     "installation_id" BIGINT,
ADD COLUMN     "label" TEXT,
ADD COLUMN     "permissions" JSONB,
ADD COLUMN     "tested_at" TIMESTAMPTZ(3),
ADD COLUMN     "webhook_secret" TEXT;

-- AlterTable
ALTER TABLE "github_quota" DROP CONSTRAINT "github_quota_pkey",
ADD COLUMN     "consecutive_limits" INTEGER NOT NULL DEFAULT 0,
ADD CONSTRAINT "github_quota_pkey" PRIMARY KEY ("identity", "resource");

-- AlterTable
ALTER TABLE "member" ADD COLUMN     "kind_set_by_id" BIGINT,
ADD COLUMN     "merged_into_id" BIGINT,
ADD COLUMN     "organization" TEXT;

-- AlterTable
ALTER TABLE "pull_request" ADD COLUMN     "body" TEXT,
ADD COLUMN     "check_state" TEXT,
ADD COLUMN     "comment_count" INTEGER,
ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "review_comments_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "completeness" DECIMAL(6,5),
ADD COLUMN     "last_verified_at" TIMESTAMPTZ(3),
ADD COLUMN     "page_streak" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "review" ADD COLUMN     "body" TEXT;

-- AlterTable
ALTER TABLE "sync_run" ADD COLUMN     "nested_rows" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "paused_at" TIMESTAMPTZ(3),
ADD COLUMN     "stage" TEXT NOT NULL DEFAULT 'PULL_REQUESTS';

-- CreateTable
CREATE TABLE "github_spend" (
    "identity" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "window_ends_at" TIMESTAMPTZ(3) NOT NULL,
    "holder" TEXT NOT NULL,
    "requests" INTEGER NOT NULL DEFAULT 0,
    "points" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "github_spend_pkey" PRIMARY KEY ("identity","resource","window_ends_at","holder")
);

-- CreateTable
CREATE TABLE "github_etag" (
    "team_id" BIGINT NOT NULL,
    "connection_id" BIGINT NOT NULL,
    "url" TEXT NOT NULL,
    "etag" TEXT NOT NULL,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "github_etag_pkey" PRIMARY KEY ("team_id","connection_id","url")
);

-- CreateTable
CREATE TABLE "repository_stage" (
    "team_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "stage" TEXT NOT NULL,
    "is_due" BOOLEAN NOT NULL DEFAULT false,
    "is_due_again" BOOLEAN NOT NULL DEFAULT false,
    "cursor" TEXT,
    "watermark" TIMESTAMPTZ(3),
    "newest_seen_at" TIMESTAMPTZ(3),
    "complete_from" TIMESTAMPTZ(3),
    "running_from" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "repository_stage_pkey" PRIMARY KEY ("team_id","repository_id","stage")
);

-- CreateTable
CREATE TABLE "repository_month" (
    "team_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "month" DATE NOT NULL,
    "on_github" INTEGER NOT NULL,
    "stored" INTEGER NOT NULL,
    "repaired" INTEGER NOT NULL DEFAULT 0,
    "removed" INTEGER NOT NULL DEFAULT 0,
    "verified_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "repository_month_pkey" PRIMARY KEY ("team_id","repository_id","month")
);

-- CreateTable
CREATE TABLE "comment" (
    "team_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "github_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "author_id" BIGINT NOT NULL,
    "body" TEXT NOT NULL,
    "path" TEXT,
    "review_id" BIGINT,
    "reply_to_id" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "comment_pkey" PRIMARY KEY ("team_id","kind","github_id")
);

-- CreateTable
CREATE TABLE "pull_request_event" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "event_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "actor_id" BIGINT,
    "subject_id" BIGINT,
    "subject" TEXT,
    "before" TEXT,
    "after" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pull_request_event_pkey" PRIMARY KEY ("team_id","pull_request_id","event_id")
);

-- CreateTable
CREATE TABLE "check_run" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "check_id" TEXT NOT NULL,
    "head_sha" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "app" TEXT,
    "status" TEXT NOT NULL,
    "conclusion" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "check_run_pkey" PRIMARY KEY ("team_id","pull_request_id","check_id")
);

-- CreateTable
CREATE TABLE "ai_signal" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "tool" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "location" TEXT NOT NULL,
    "evidence" TEXT NOT NULL,
    "detector_version" TEXT NOT NULL,

    CONSTRAINT "ai_signal_pkey" PRIMARY KEY ("team_id","pull_request_id","tool","kind","location")
);

-- CreateTable
CREATE TABLE "nested_list" (
    "team_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "list" TEXT NOT NULL,
    "cursor" TEXT NOT NULL,
    "pages" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "nested_list_pkey" PRIMARY KEY ("team_id","pull_request_id","list")
);

-- CreateTable
CREATE TABLE "nested_list_key" (
    "team_id" BIGINT NOT NULL,
    "pull_request_id" BIGINT NOT NULL,
    "list" TEXT NOT NULL,
    "key" TEXT NOT NULL,

    CONSTRAINT "nested_list_key_pkey" PRIMARY KEY ("team_id","pull_request_id","list","key")
);

-- CreateTable
CREATE TABLE "deployment" (
    "team_id" BIGINT NOT NULL,
    "github_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "environment" TEXT NOT NULL,
    "ref" TEXT,
    "sha" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "creator_id" BIGINT,
    "description" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "state_at" TIMESTAMPTZ(3) NOT NULL,
    "succeeded_at" TIMESTAMPTZ(3),
    "compare_state" TEXT NOT NULL DEFAULT 'PENDING',
    "compare_reason" TEXT,
    "compared_with_id" BIGINT,
    "commit_count" INTEGER,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("team_id","github_id")
);

-- CreateTable
CREATE TABLE "deployment_commit" (
    "team_id" BIGINT NOT NULL,
    "deployment_id" BIGINT NOT NULL,
    "sha" TEXT NOT NULL,

    CONSTRAINT "deployment_commit_pkey" PRIMARY KEY ("team_id","deployment_id","sha")
);

-- CreateTable
CREATE TABLE "release" (
    "team_id" BIGINT NOT NULL,
    "github_id" BIGINT NOT NULL,
    "repository_id" BIGINT NOT NULL,
    "tag" TEXT NOT NULL,
    "name" TEXT,
    "url" TEXT NOT NULL,
    "sha" TEXT,
    "is_draft" BOOLEAN NOT NULL,
    "is_prerelease" BOOLEAN NOT NULL,
    "author_id" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "published_at" TIMESTAMPTZ(3),
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "release_pkey" PRIMARY KEY ("team_id","github_id")
);

-- CreateTable
CREATE TABLE "incident" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "url" TEXT,
    "repository_id" BIGINT,
    "environment" TEXT,
    "deployment_id" BIGINT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "incident_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "incident_source" (
    "team_id" BIGINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "secret" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "incident_source_pkey" PRIMARY KEY ("team_id","id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "team_id" BIGINT NOT NULL,
    "connection_id" BIGINT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "hook_id" BIGINT NOT NULL,
    "event" TEXT NOT NULL,
    "action" TEXT,
    "subject" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'RECEIVED',
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "signalled_at" TIMESTAMPTZ(3),
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("team_id","connection_id","hook_id","delivery_id")
);

-- CreateIndex
CREATE INDEX "comment_team_id_pull_request_id_created_at_idx" ON "comment"("team_id", "pull_request_id", "created_at");

-- CreateIndex
CREATE INDEX "nested_list_team_id_repository_id_idx" ON "nested_list"("team_id", "repository_id");

-- CreateIndex
CREATE INDEX "deployment_team_id_repository_id_environment_created_at_idx" ON "deployment"("team_id", "repository_id", "environment", "created_at");

-- CreateIndex
CREATE INDEX "deployment_team_id_repository_id_created_at_idx" ON "deployment"("team_id", "repository_id", "created_at");

-- CreateIndex
CREATE INDEX "deployment_commit_team_id_sha_idx" ON "deployment_commit"("team_id", "sha");

-- CreateIndex
CREATE INDEX "release_team_id_repository_id_created_at_idx" ON "release"("team_id", "repository_id", "created_at");

-- CreateIndex
CREATE INDEX "incident_team_id_opened_at_id_idx" ON "incident"("team_id", "opened_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "incident_team_id_source_external_id_key" ON "incident"("team_id", "source", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "incident_source_team_id_name_key" ON "incident_source"("team_id", "name");

-- CreateIndex
CREATE INDEX "webhook_delivery_team_id_connection_id_received_at_idx" ON "webhook_delivery"("team_id", "connection_id", "received_at");

-- AddForeignKey
ALTER TABLE "github_etag" ADD CONSTRAINT "github_etag_team_id_connection_id_fkey" FOREIGN KEY ("team_id", "connection_id") REFERENCES "github_connection"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository_stage" ADD CONSTRAINT "repository_stage_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository_month" ADD CONSTRAINT "repository_month_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_team_id_merged_into_id_fkey" FOREIGN KEY ("team_id", "merged_into_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "comment" ADD CONSTRAINT "comment_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comment" ADD CONSTRAINT "comment_team_id_author_id_fkey" FOREIGN KEY ("team_id", "author_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request_event" ADD CONSTRAINT "pull_request_event_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_request_event" ADD CONSTRAINT "pull_request_event_team_id_actor_id_fkey" FOREIGN KEY ("team_id", "actor_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "pull_request_event" ADD CONSTRAINT "pull_request_event_team_id_subject_id_fkey" FOREIGN KEY ("team_id", "subject_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "check_run" ADD CONSTRAINT "check_run_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ai_signal" ADD CONSTRAINT "ai_signal_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "nested_list" ADD CONSTRAINT "nested_list_team_id_pull_request_id_fkey" FOREIGN KEY ("team_id", "pull_request_id") REFERENCES "pull_request"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "nested_list_key" ADD CONSTRAINT "nested_list_key_team_id_pull_request_id_list_fkey" FOREIGN KEY ("team_id", "pull_request_id", "list") REFERENCES "nested_list"("team_id", "pull_request_id", "list") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_team_id_creator_id_fkey" FOREIGN KEY ("team_id", "creator_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment_commit" ADD CONSTRAINT "deployment_commit_team_id_deployment_id_fkey" FOREIGN KEY ("team_id", "deployment_id") REFERENCES "deployment"("team_id", "github_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_team_id_author_id_fkey" FOREIGN KEY ("team_id", "author_id") REFERENCES "member"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "incident" ADD CONSTRAINT "incident_team_id_repository_id_fkey" FOREIGN KEY ("team_id", "repository_id") REFERENCES "repository"("team_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_team_id_connection_id_fkey" FOREIGN KEY ("team_id", "connection_id") REFERENCES "github_connection"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma cannot express, from here on by hand.

-- Deliveries that nobody has processed, and checks that are not over: few among many.
CREATE INDEX "webhook_delivery_waiting_idx" ON "webhook_delivery"("team_id", "connection_id", "received_at")
    WHERE "state" = 'RECEIVED';
CREATE INDEX "pull_request_open_head_idx" ON "pull_request"("team_id", "repository_id", "head_branch")
    WHERE "state" = 'OPEN';
CREATE INDEX "pull_request_uncounted_idx" ON "pull_request"("team_id", "id")
    WHERE NOT "complete" OR "deleted_at" IS NOT NULL;
CREATE INDEX "check_run_pending_idx" ON "check_run"("team_id", "pull_request_id") WHERE "status" <> 'COMPLETED';
-- The commit that brought a pull request into its branch: its own last one where it was pushed there by hand. CASE, for
-- PostgreSQL does not count coalesce among what leaks nothing, and no index is used past row-level security then.
CREATE INDEX "pull_request_merge_commit_idx" ON "pull_request"("team_id", "repository_id",
    (CASE WHEN "merge_commit_sha" IS NULL THEN "head_sha" ELSE "merge_commit_sha" END))
    WHERE "state" = 'MERGED';

-- Tables whose rows come by the thousand (docs/adr/0008).
ALTER TABLE "comment" ALTER CONSTRAINT "comment_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "comment" ALTER CONSTRAINT "comment_team_id_author_id_fkey" NOT ENFORCED;
ALTER TABLE "pull_request_event" ALTER CONSTRAINT "pull_request_event_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "pull_request_event" ALTER CONSTRAINT "pull_request_event_team_id_actor_id_fkey" NOT ENFORCED;
ALTER TABLE "pull_request_event" ALTER CONSTRAINT "pull_request_event_team_id_subject_id_fkey" NOT ENFORCED;
ALTER TABLE "check_run" ALTER CONSTRAINT "check_run_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "ai_signal" ALTER CONSTRAINT "ai_signal_team_id_pull_request_id_fkey" NOT ENFORCED;
ALTER TABLE "deployment_commit" ALTER CONSTRAINT "deployment_commit_team_id_deployment_id_fkey" NOT ENFORCED;

-- Closed sets of values, and bounds.
ALTER TABLE "github_connection"
    DROP CONSTRAINT "github_connection_status_check",
    ADD CONSTRAINT "github_connection_status_check"
        CHECK ("status" IN ('ACTIVE', 'NEEDS_REAUTH', 'SUSPENDED', 'DISCONNECTED')),
    ADD CONSTRAINT "github_connection_app_check"
        CHECK (("kind" = 'APP') = ("app_id" IS NOT NULL AND "installation_id" IS NOT NULL)),
    ADD CONSTRAINT "github_connection_disconnected_check"
        CHECK (("status" = 'DISCONNECTED') = ("disconnected_at" IS NOT NULL)),
    -- A connection that was ended keeps no secret.
    ADD CONSTRAINT "github_connection_secret_check"
        CHECK ("status" <> 'DISCONNECTED' OR ("secret" IS NULL AND "webhook_secret" IS NULL)),
    ADD CONSTRAINT "github_connection_permissions_check" CHECK (jsonb_typeof("permissions") = 'object');
ALTER TABLE "github_quota"
    ADD CONSTRAINT "github_quota_resource_check" CHECK ("resource" IN ('graphql', 'core')),
    ADD CONSTRAINT "github_quota_consecutive_limits_check" CHECK ("consecutive_limits" >= 0);
ALTER TABLE "github_spend"
    ADD CONSTRAINT "github_spend_resource_check" CHECK ("resource" IN ('graphql', 'core')),
    ADD CONSTRAINT "github_spend_counts_check" CHECK ("requests" >= 0 AND "points" >= 0);
ALTER TABLE "repository"
    ADD CONSTRAINT "repository_completeness_check" CHECK ("completeness" BETWEEN 0 AND 1);
ALTER TABLE "repository_stage"
    ADD CONSTRAINT "repository_stage_stage_check"
        CHECK ("stage" IN ('PULL_REQUESTS', 'NESTED_LISTS', 'REVIEW_COMMENTS', 'CHECK_RUNS', 'DEPLOYMENTS', 'RELEASES'));
ALTER TABLE "repository_month"
    ADD CONSTRAINT "repository_month_month_check" CHECK (date_trunc('month', "month") = "month"),
    ADD CONSTRAINT "repository_month_counts_check"
        CHECK ("on_github" >= 0 AND "stored" >= 0 AND "repaired" >= 0 AND "removed" >= 0);
ALTER TABLE "member"
    ADD CONSTRAINT "member_merged_check" CHECK ("merged_into_id" <> "id");
ALTER TABLE "pull_request"
    ADD CONSTRAINT "pull_request_check_state_check"
        CHECK ("check_state" IN ('EXPECTED', 'ERROR', 'FAILURE', 'PENDING', 'SUCCESS')),
    ADD CONSTRAINT "pull_request_comment_count_check" CHECK ("comment_count" >= 0);
ALTER TABLE "comment"
    ADD CONSTRAINT "comment_kind_check" CHECK ("kind" IN ('ISSUE', 'REVIEW'));
ALTER TABLE "pull_request_event"
    ADD CONSTRAINT "pull_request_event_kind_check" CHECK ("kind" IN ('READY_FOR_REVIEW', 'CONVERT_TO_DRAFT',
        'REVIEW_REQUESTED', 'REVIEW_REQUEST_REMOVED', 'FORCE_PUSHED', 'BASE_CHANGED', 'CLOSED', 'REOPENED'));
ALTER TABLE "check_run"
    ADD CONSTRAINT "check_run_status_check" CHECK ("status" IN ('QUEUED', 'IN_PROGRESS', 'WAITING', 'COMPLETED')),
    ADD CONSTRAINT "check_run_conclusion_check" CHECK ("conclusion" IN ('SUCCESS', 'FAILURE', 'NEUTRAL', 'CANCELLED',
        'SKIPPED', 'TIMED_OUT', 'ACTION_REQUIRED', 'STALE', 'STARTUP_FAILURE', 'ERROR')),
    ADD CONSTRAINT "check_run_completed_check" CHECK (("status" = 'COMPLETED') = ("conclusion" IS NOT NULL));
ALTER TABLE "ai_signal"
    ADD CONSTRAINT "ai_signal_kind_check" CHECK ("kind" IN ('TEXT', 'CO_AUTHOR', 'ACCOUNT', 'FILE')),
    ADD CONSTRAINT "ai_signal_evidence_check" CHECK (length("evidence") BETWEEN 1 AND 300);
ALTER TABLE "nested_list"
    ADD CONSTRAINT "nested_list_list_check" CHECK ("list" IN ('LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS')),
    ADD CONSTRAINT "nested_list_pages_check" CHECK ("pages" >= 0);
ALTER TABLE "deployment"
    ADD CONSTRAINT "deployment_state_check" CHECK ("state" IN ('PENDING', 'QUEUED', 'WAITING', 'IN_PROGRESS', 'SUCCESS',
        'INACTIVE', 'FAILURE', 'ERROR', 'DESTROYED', 'ABANDONED')),
    ADD CONSTRAINT "deployment_compare_state_check"
        CHECK ("compare_state" IN ('PENDING', 'COMPARED', 'FIRST', 'UNAVAILABLE')),
    ADD CONSTRAINT "deployment_compare_reason_check"
        CHECK (("compare_state" = 'UNAVAILABLE') = ("compare_reason" IS NOT NULL)),
    ADD CONSTRAINT "deployment_commit_count_check" CHECK ("commit_count" >= 0);
ALTER TABLE "incident"
    ADD CONSTRAINT "incident_resolved_check" CHECK ("resolved_at" >= "opened_at");
ALTER TABLE "webhook_delivery"
    ADD CONSTRAINT "webhook_delivery_state_check"
        CHECK ("state" IN ('RECEIVED', 'PROCESSED', 'IGNORED', 'FAILED')),
    ADD CONSTRAINT "webhook_delivery_subject_check" CHECK (jsonb_typeof("subject") = 'object');
ALTER TABLE "sync_run"
    ADD CONSTRAINT "sync_run_stage_check" CHECK ("stage" IN ('PULL_REQUESTS', 'NESTED_LISTS', 'REVIEW_COMMENTS',
        'CHECK_RUNS', 'DEPLOYMENTS', 'RELEASES'));

-- Who a webhook is for, before any team is known. Its signature is verified with what these answer.
CREATE FUNCTION "throughline_webhook_connection"("connection_id" bigint)
RETURNS TABLE ("team_id" bigint, "id" bigint, "installation_id" bigint, "webhook_secret" text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c."team_id", c."id", c."installation_id", c."webhook_secret" FROM "github_connection" c
    WHERE c."id" = "throughline_webhook_connection"."connection_id" AND c."webhook_secret" IS NOT NULL
$$;
-- The payload names its installation before it is verified: all teams that share it, and few others, whose secret shows
-- whether the payload is the App's.
CREATE FUNCTION "throughline_webhook_app_connections"("app_id" bigint, "named_installation_id" bigint)
RETURNS TABLE ("team_id" bigint, "id" bigint, "installation_id" bigint, "webhook_secret" text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ranked."team_id", ranked."id", ranked."installation_id", ranked."webhook_secret"
    FROM (SELECT c.*, named."is_named",
            row_number() OVER (PARTITION BY named."is_named" ORDER BY c."team_id", c."id") AS "rank"
        FROM "github_connection" c
        CROSS JOIN LATERAL (SELECT (c."installation_id" = "named_installation_id") IS TRUE AS "is_named") AS named
        WHERE c."app_id" = "throughline_webhook_app_connections"."app_id" AND c."webhook_secret" IS NOT NULL) AS ranked
    WHERE ranked."rank" <= CASE WHEN ranked."is_named" THEN 1000 ELSE 20 END
    ORDER BY ranked."is_named" DESC, ranked."rank"
$$;
CREATE FUNCTION "throughline_incident_source"("source_id" bigint)
RETURNS TABLE ("team_id" bigint, "id" bigint, "name" text, "secret" text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s."team_id", s."id", s."name", s."secret" FROM "incident_source" s
    WHERE s."id" = "source_id" AND s."secret" IS NOT NULL
$$;
REVOKE ALL ON FUNCTION "throughline_webhook_connection"(bigint), "throughline_webhook_app_connections"(bigint, bigint),
    "throughline_incident_source"(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_webhook_connection"(bigint), "throughline_webhook_app_connections"(bigint, bigint),
    "throughline_incident_source"(bigint) TO throughline_application;

-- A first backfill writes faster than autovacuum looks around (once a minute, by default). Until a table has been
-- analysed the planner takes a team for one row in two hundred, and reads by whatever index begins with it. ANALYZE takes
-- no lock that a reader or writer meets; it is left to whoever is at it already.
CREATE FUNCTION "throughline_analyze_grown"() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grown regclass;
    analyzed integer := 0;
BEGIN
    FOR grown IN
        SELECT c."oid" FROM pg_class c
        WHERE c."oid" = ANY (ARRAY['member', 'pull_request', 'pull_request_label', 'review', 'commit', 'pull_request_file',
                'comment', 'pull_request_event', 'check_run', 'ai_signal', 'nested_list', 'deployment',
                'deployment_commit', 'release', 'rollup_dirty', 'weekly_metrics']::regclass[])
            -- Four times what the planner knows of, from a few pages on.
            AND pg_relation_size(c."oid") > 4 * greatest(c."relpages", 1) * current_setting('block_size')::bigint
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s', grown);
        analyzed := analyzed + 1;
    END LOOP;
    RETURN analyzed;
END
$$;
REVOKE ALL ON FUNCTION "throughline_analyze_grown"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_analyze_grown"() TO throughline_application;

-- Row-level security of the new tables.
DO $$
DECLARE
    tenant text;
    teams constant text :=
        '(SELECT nullif(current_setting(''app.team_ids'', true), '''')::bigint[])::bigint[]';
BEGIN
    FOREACH tenant IN ARRAY ARRAY['github_etag', 'repository_stage', 'repository_month', 'comment',
        'pull_request_event', 'check_run', 'ai_signal', 'nested_list', 'nested_list_key', 'deployment',
        'deployment_commit', 'release', 'incident', 'incident_source', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', tenant);
        EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', tenant);
        EXECUTE format('CREATE POLICY %I ON public.%I TO throughline_application, throughline_reader
            USING (team_id = ANY (%s)) WITH CHECK (team_id = ANY (%s))', tenant || '_team', tenant, teams, teams);
        EXECUTE format('CREATE POLICY %I ON public.%I TO throughline_maintenance USING (true) WITH CHECK (true)',
            tenant || '_maintenance', tenant);
    END LOOP;
END
$$;

-- What can vanish on GitHub, or is made anew, may be deleted; the rest is kept.
GRANT SELECT, INSERT, UPDATE, DELETE ON "comment", "pull_request_event", "check_run", "ai_signal", "nested_list",
    "nested_list_key", "deployment_commit", "release", "github_etag", "github_spend",
    "webhook_delivery" TO throughline_application;
-- Housekeeping deletes what ended long ago.
GRANT DELETE ON "sync_run", "sync_page", "dead_letter" TO throughline_application;
GRANT SELECT, INSERT, UPDATE ON "repository_stage", "repository_month", "deployment", "incident", "incident_source"
    TO throughline_application;
-- Connections are made and changed by admins of their team.
GRANT INSERT ON "github_connection" TO throughline_application;
GRANT UPDATE ("label", "kind", "api_url", "secret", "app_id", "installation_id", "webhook_secret", "permissions",
    "tested_at", "disconnected_at") ON "github_connection" TO throughline_application;
GRANT SELECT ON "repository_stage", "repository_month", "comment", "pull_request_event", "check_run", "ai_signal",
    "nested_list", "deployment", "deployment_commit", "release", "incident", "webhook_delivery", "github_spend"
    TO throughline_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO throughline_application;

ALTER TABLE "comment" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "pull_request_event" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "check_run" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "nested_list_key" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

COMMENT ON TABLE "github_spend" IS
    'What was asked with an identity in one window of GitHub''s limit, and for what: fair shares are computed from it.';
COMMENT ON TABLE "github_etag" IS
    'What GitHub answered with an ETag, so that asking again costs nothing while nothing changed.';
COMMENT ON TABLE "repository_stage" IS
    'Stages of a repository sync beside its pull requests, each with its own watermark.';
COMMENT ON TABLE "repository_month" IS
    'How many pull requests of a month GitHub has and how many are stored, as reconcile last saw it.';
COMMENT ON TABLE "comment" IS
    'A comment on a pull request: on the whole of it (ISSUE) or on a line of its diff (REVIEW).';
COMMENT ON TABLE "pull_request_event" IS
    'What happened to a pull request beside reviews, comments and commits.';
COMMENT ON TABLE "check_run" IS
    'A check of a pull request''s head commit: a check run, or a commit status of an older integration.';
COMMENT ON TABLE "ai_signal" IS
    'Evidence that an AI tool took part in a pull request: what matched, where, and by which version of the list.';
COMMENT ON TABLE "nested_list" IS
    'A nested list that was longer than its page: read on from the cursor until its end.';
COMMENT ON TABLE "nested_list_key" IS
    'Keys that a nested list has shown so far: what it does not show until its end has vanished.';
COMMENT ON TABLE "deployment" IS
    'A deployment of a repository, with the latest of its states and how its commits were found.';
COMMENT ON TABLE "deployment_commit" IS
    'A commit that a deployment brought: in its range since the environment''s last successful deployment.';
COMMENT ON TABLE "release" IS
    'A published release or its draft.';
COMMENT ON TABLE "incident" IS
    'A failure in production that people had to deal with, reported by a webhook or by hand.';
COMMENT ON TABLE "incident_source" IS
    'A system that tells of incidents by webhook, with the sealed secret of its signature.';
COMMENT ON TABLE "webhook_delivery" IS
    'A webhook as it came: verified, stored, and answered before anything is done with it.';

COMMENT ON INDEX "comment_team_id_pull_request_id_created_at_idx" IS
    'PULL_REQUEST_COMMENTS (src/db/reads/pull-request-lists.ts): a page of a pull request''s comments, in their order';
COMMENT ON INDEX "nested_list_team_id_repository_id_idx" IS
    'readNestedLists (src/db/sync/nested-lists.ts): the lists of a repository that are still to be read on';
COMMENT ON INDEX "pull_request_uncounted_idx" IS
    'COMPUTE_WEEKS (src/db/rollups/member-weeks.ts): the pull requests whose commits do not count';
COMMENT ON INDEX "check_run_pending_idx" IS
    'readPendingChecks (src/db/pulls/check-runs.ts): the pull requests whose checks are not over';
COMMENT ON INDEX "pull_request_merge_commit_idx" IS
    'DEPLOYMENT_PULL_REQUESTS (src/db/reads/delivery-lists.ts): the pull requests that a deployment brought';
COMMENT ON INDEX "deployment_team_id_repository_id_environment_created_at_idx" IS
    'readDeploymentsToCompare (src/db/delivery/deployments.ts): an environment''s deployments in their order';
COMMENT ON INDEX "deployment_team_id_repository_id_created_at_idx" IS
    'REPOSITORY_DEPLOYMENTS (src/db/reads/delivery-lists.ts): a page of a repository''s deployments, newest first';
COMMENT ON INDEX "deployment_commit_team_id_sha_idx" IS
    'PULL_REQUEST_DEPLOYMENTS (src/db/reads/delivery-lists.ts): the deployments that brought a pull request';
COMMENT ON INDEX "release_team_id_repository_id_created_at_idx" IS
    'REPOSITORY_RELEASES (src/db/reads/delivery-lists.ts): a page of a repository''s releases, newest first';
COMMENT ON INDEX "incident_team_id_opened_at_id_idx" IS
    'TEAM_INCIDENTS (src/db/reads/delivery-lists.ts): a page of a team''s incidents, newest first';
COMMENT ON INDEX "webhook_delivery_team_id_connection_id_received_at_idx" IS
    'CONNECTION_WEBHOOKS (src/db/reads/webhook-lists.ts): a page of a connection''s webhooks, newest first';
COMMENT ON INDEX "pull_request_open_head_idx" IS
    'findOpenHeads (src/db/webhooks/webhook-targets.ts): the open pull requests that a push or a check is about';
COMMENT ON INDEX "webhook_delivery_waiting_idx" IS
    'readWaitingDeliveries (src/db/webhooks/webhook-deliveries.ts): the deliveries of a connection that wait';

-- Earlier releases read no list beyond its first page: those that were longer are read from their start.
INSERT INTO "nested_list" ("team_id", "repository_id", "pull_request_id", "list", "cursor")
SELECT p."team_id", p."repository_id", p."id", list, ''
FROM "pull_request" p, unnest(ARRAY['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS']) AS list
WHERE NOT p."complete";
