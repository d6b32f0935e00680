-- strength: WEAK is what a person or another program may have caused as well. What earlier versions of the list found
-- counts as STRONG until the pull request is read again.
ALTER TABLE "ai_signal"
    ADD COLUMN "strength" TEXT NOT NULL DEFAULT 'STRONG',
    DROP CONSTRAINT "ai_signal_kind_check",
    ADD CONSTRAINT "ai_signal_kind_check" CHECK ("kind" IN ('TEXT', 'CO_AUTHOR', 'TRAILER', 'COMMIT_AUTHOR', 'ACCOUNT',
        'BRANCH', 'LABEL', 'FILE')) NOT VALID,
    ADD CONSTRAINT "ai_signal_strength_check" CHECK ("strength" IN ('STRONG', 'WEAK')) NOT VALID;
ALTER TABLE "ai_signal" VALIDATE CONSTRAINT "ai_signal_kind_check";
ALTER TABLE "ai_signal" VALIDATE CONSTRAINT "ai_signal_strength_check";
