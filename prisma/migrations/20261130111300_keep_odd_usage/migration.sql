-- Agents' edits follow no suggestion, and an acceptance may come a day after what it accepts: more may be accepted than was
-- shown. The row is kept, and its rate is unknown.
ALTER TABLE "ai_usage_daily"
    DROP CONSTRAINT "ai_usage_daily_counts_check",
    ADD CONSTRAINT "ai_usage_daily_amounts_check" CHECK ("suggestions_shown" >= 0 AND "suggestions_accepted" >= 0
        AND "lines_suggested" >= 0 AND "lines_accepted" >= 0 AND "interactions" >= 0
        AND "active_hours" >= 0 AND "active_hours" <= 24 AND "credits" >= 0) NOT VALID;
ALTER TABLE "ai_usage_daily" VALIDATE CONSTRAINT "ai_usage_daily_amounts_check";

ALTER TABLE "ai_usage_total_daily"
    DROP CONSTRAINT "ai_usage_total_daily_counts_check",
    ADD CONSTRAINT "ai_usage_total_daily_amounts_check" CHECK ("suggestions_shown" >= 0 AND "suggestions_accepted" >= 0
        AND "lines_suggested" >= 0 AND "lines_accepted" >= 0 AND "interactions" >= 0 AND "active_users" >= 0) NOT VALID;
ALTER TABLE "ai_usage_total_daily" VALIDATE CONSTRAINT "ai_usage_total_daily_amounts_check";
