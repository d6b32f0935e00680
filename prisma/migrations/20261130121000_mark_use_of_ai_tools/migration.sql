-- marked_used: the source says that the member used the tool, although none of the numbers here does (GitHub's used_cli, for
-- one). A default that is no expression is not written to rows.
ALTER TABLE "ai_usage_daily" ADD COLUMN "marked_used" BOOLEAN NOT NULL DEFAULT false;

-- reader_version: by which reading of reports the day was stored; those of earlier ones are asked for once more, as far back as
-- GitHub keeps them. rows_unknown: rows with blocks that nobody here knows, which do not count.
ALTER TABLE "ai_usage_report"
    ADD COLUMN "reader_version" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN "rows_unknown" INTEGER NOT NULL DEFAULT 0;
