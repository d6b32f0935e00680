-- When a mark was made: the age of the oldest one says how far rollups are behind. Marks from before have the time of this
-- migration, which PostgreSQL keeps beside the table: no row is written.
ALTER TABLE "rollup_dirty" ADD COLUMN "marked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
