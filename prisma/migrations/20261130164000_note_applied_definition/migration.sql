-- When a rebuild had given all stored pull requests its definition; null before. While it is null, a rebuild for a newer
-- definition than the team's computes no weeks and does not switch readers.
ALTER TABLE "rollup_rebuild" ADD COLUMN "definition_applied_at" TIMESTAMPTZ(3);
