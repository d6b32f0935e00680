-- What metrics of merged pull requests leave out, each by its own count: of anomalies those with a first review, and of what
-- was merged into branches that do not count those with a first review, reverts and hotfixes. Part of definition v3: weeks
-- by older definitions have none until its rebuild.
ALTER TABLE "weekly_metrics"
    ADD COLUMN "anomaly_reviewed_count" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "elsewhere_reviewed_count" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "elsewhere_revert_count" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "elsewhere_hotfix_count" BIGINT NOT NULL DEFAULT 0;
