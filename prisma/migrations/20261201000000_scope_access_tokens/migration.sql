-- A token opens one team with one role, or, without a team, all that its user may do. A token of a team does not carry the
-- instance role of its user, and ends with the membership.
ALTER TABLE "access_token"
    ADD COLUMN "opens_team_id" BIGINT,
    ADD COLUMN "role" TEXT,
    ADD COLUMN "created_by" BIGINT,
    ADD COLUMN "last_used_at" TIMESTAMPTZ(3);
ALTER TABLE "access_token"
    ADD CONSTRAINT "access_token_opens_team_id_fkey" FOREIGN KEY ("opens_team_id") REFERENCES "team"("id")
        ON DELETE RESTRICT ON UPDATE CASCADE,
    ADD CONSTRAINT "access_token_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "app_user"("id")
        ON DELETE RESTRICT ON UPDATE CASCADE,
    ADD CONSTRAINT "access_token_role_check" CHECK ("role" IN ('VIEWER', 'ADMIN')),
    ADD CONSTRAINT "access_token_team_role_check" CHECK (("opens_team_id" IS NULL) = ("role" IS NULL));

-- Its answer has one column more, so it is made anew.
DROP FUNCTION "throughline_authenticate"(bytea);
-- Who a bearer token belongs to, before any team is known. Unknown, expired and revoked tokens give no row, nor does one of
-- a team that its user has left.
CREATE FUNCTION "throughline_authenticate"("token_hash" bytea)
RETURNS TABLE ("user_id" bigint, "email" text, "name" text, "instance_role" text, "team_ids" bigint[],
    "admin_team_ids" bigint[], "is_use_due" boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u."id", u."email", u."name", CASE WHEN t."opens_team_id" IS NULL THEN u."instance_role" END,
        coalesce(array_agg(m."team_id" ORDER BY m."team_id") FILTER (WHERE m."team_id" IS NOT NULL), '{}'),
        coalesce(array_agg(m."team_id" ORDER BY m."team_id")
            FILTER (WHERE m."role" = 'ADMIN' AND t."role" IS DISTINCT FROM 'VIEWER'), '{}'),
        t."last_used_at" IS NULL OR t."last_used_at" < now() - interval '5 minutes'
    FROM "access_token" t
    JOIN "app_user" u ON u."id" = t."user_id"
    LEFT JOIN "membership" m ON m."user_id" = u."id" AND (t."opens_team_id" IS NULL OR m."team_id" = t."opens_team_id")
    WHERE t."hash" = "token_hash" AND t."revoked_at" IS NULL AND (t."expires_at" IS NULL OR t."expires_at" > now())
    GROUP BY u."id", t."id"
    HAVING t."opens_team_id" IS NULL OR count(m."team_id") > 0
$$;
REVOKE ALL ON FUNCTION "throughline_authenticate"(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_authenticate"(bytea) TO throughline_application;
