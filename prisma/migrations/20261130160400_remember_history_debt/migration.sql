-- By environment, the requests for histories of commits that found out no range of a deployment, less those that others for
-- the environment saved: [{"environment": "preview", "debt": 1}], least recently changed first. While there are any, ranges
-- of the environment are compared unless they are known already. One with a debt of 0 is known to save requests.
ALTER TABLE "repository_stage"
    ADD COLUMN "history_debts" JSONB NOT NULL DEFAULT '[]',
    ADD CONSTRAINT "repository_stage_history_debts_check" CHECK (jsonb_array_length("history_debts") <= 100);
