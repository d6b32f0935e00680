-- Admins change who may use their team, operators who may use any. An operator's transactions set app.instance_role: they
-- see teams, users and tokens, and no row of what a team does. Nobody becomes an operator as the application role.
CREATE POLICY "team_operator" ON "team" TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR')
    WITH CHECK ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');
CREATE POLICY "membership_operator" ON "membership" FOR SELECT TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');
CREATE POLICY "app_user_operator" ON "app_user" FOR SELECT TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');
CREATE POLICY "app_user_operator_removal" ON "app_user" FOR UPDATE TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR')
    WITH CHECK ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR' AND "instance_role" IS NULL);

-- Tokens of a team, and those without a team of its users. Only tokens of a team are made and revoked by its admins.
CREATE POLICY "access_token_team" ON "access_token" FOR SELECT TO throughline_application
    USING ("opens_team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[])
        OR ("opens_team_id" IS NULL AND EXISTS (SELECT 1 FROM "membership" m WHERE m."user_id" = "access_token"."user_id")));
CREATE POLICY "access_token_team_creation" ON "access_token" FOR INSERT TO throughline_application
    WITH CHECK ("opens_team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]));
CREATE POLICY "access_token_team_revocation" ON "access_token" FOR UPDATE TO throughline_application
    USING ("opens_team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]))
    WITH CHECK ("opens_team_id" = ANY ((SELECT nullif(current_setting('app.team_ids', true), '')::bigint[])::bigint[]));
CREATE POLICY "access_token_operator" ON "access_token" FOR SELECT TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');
CREATE POLICY "access_token_operator_revocation" ON "access_token" FOR UPDATE TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR')
    WITH CHECK ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');

GRANT INSERT, UPDATE ("slug", "name") ON "team" TO throughline_application;
GRANT INSERT, UPDATE ("role"), DELETE ON "membership" TO throughline_application;
GRANT UPDATE ("instance_role") ON "app_user" TO throughline_application;
-- The hash is compared by throughline_authenticate, and read by nobody.
GRANT SELECT ("id", "user_id", "opens_team_id", "role", "name", "created_at", "created_by", "expires_at", "last_used_at",
    "revoked_at"), INSERT ("user_id", "opens_team_id", "role", "name", "hash", "created_by", "expires_at"),
    UPDATE ("revoked_at") ON "access_token" TO throughline_application;

-- Finds the user with an email address, or makes it: whoever belongs to other teams alone is not seen otherwise. The name
-- of a user that exists stays.
CREATE FUNCTION "throughline_ensure_user"("user_email" text, "user_name" text)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO "app_user" ("email", "name") VALUES ("user_email", "user_name") ON CONFLICT ("email") DO NOTHING;
    SELECT "id" FROM "app_user" WHERE "email" = "user_email"
$$;
-- Tokens without a team of a user who belongs to none any more, and is no operator, open nothing: they are revoked.
CREATE FUNCTION "throughline_revoke_stray_tokens"("of_user" bigint)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE "access_token" t SET "revoked_at" = now()
    WHERE t."user_id" = "of_user" AND t."opens_team_id" IS NULL AND t."revoked_at" IS NULL
        AND NOT EXISTS (SELECT 1 FROM "membership" m WHERE m."user_id" = "of_user")
        AND EXISTS (SELECT 1 FROM "app_user" u WHERE u."id" = "of_user" AND u."instance_role" IS NULL)
$$;
REVOKE ALL ON FUNCTION "throughline_ensure_user"(text, text), "throughline_revoke_stray_tokens"(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_ensure_user"(text, text), "throughline_revoke_stray_tokens"(bigint)
    TO throughline_application;
