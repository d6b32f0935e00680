-- Requests for histories of commits that found out no range of a deployment, less those that other histories saved: while
-- there are any, ranges are compared unless they are known already.
ALTER TABLE "repository_stage"
    ADD COLUMN "history_debt" INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT "repository_stage_history_debt_check" CHECK ("history_debt" >= 0);
