-- pause_until, pause_reason: the pause that a secondary limit of GitHub asked for. blocked_until is never before it; what
-- a test of the connection lifts is only what lies beyond it.
-- reset_clamped: GitHub named a reset beyond every window, and reset_at is when the wait for it ends. It stays so until
-- GitHub names a reset that can be.
ALTER TABLE "github_quota"
    ADD COLUMN "pause_until" TIMESTAMPTZ(3),
    ADD COLUMN "pause_reason" TEXT,
    ADD COLUMN "reset_clamped" BOOLEAN NOT NULL DEFAULT false;

-- A handful of rows, one or two for each GitHub account.
UPDATE "github_quota" SET "reset_at" = now() + interval '2 hours', "reset_clamped" = true
    WHERE "reset_at" > now() + interval '2 hours';
