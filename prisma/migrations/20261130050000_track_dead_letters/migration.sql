-- sync_run_id: the sync that dead-lettered a row first since it was last resolved. That sync is partial, later ones that
-- meet the same row are not. It has no foreign key, because the run may be deleted first; null when no sync met the row.
-- retry_requested_at: when an admin asked for another try that no sync has made yet.
ALTER TABLE "dead_letter"
    ADD COLUMN "sync_run_id" BIGINT,
    ADD COLUMN "retry_requested_at" TIMESTAMPTZ(3);
