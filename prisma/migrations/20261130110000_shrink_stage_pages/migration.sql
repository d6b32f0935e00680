-- page_size: how many entries a stage asks for at a time, after GitHub did not answer for more; null = as many as it may.
-- page_streak: pages that went well since it was last halved, as of pull requests.
ALTER TABLE "repository_stage"
    ADD COLUMN "page_size" INTEGER,
    ADD COLUMN "page_streak" INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT "repository_stage_page_size_check" CHECK ("page_size" >= 1) NOT VALID;
ALTER TABLE "repository_stage" VALIDATE CONSTRAINT "repository_stage_page_size_check";
