-- Notes that tokens were used, to five minutes: a look-up says which are due, and only those are written. Those that another
-- gateway is writing are left to it.
CREATE FUNCTION "throughline_note_token_use"("token_hashes" bytea[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE "access_token" t SET "last_used_at" = now()
    FROM (SELECT a."id" FROM "access_token" a
        WHERE a."hash" = ANY ("token_hashes")
            AND (a."last_used_at" IS NULL OR a."last_used_at" < now() - interval '5 minutes')
        FOR UPDATE SKIP LOCKED) AS due
    WHERE t."id" = due."id"
$$;
REVOKE ALL ON FUNCTION "throughline_note_token_use"(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "throughline_note_token_use"(bytea[]) TO throughline_application;
