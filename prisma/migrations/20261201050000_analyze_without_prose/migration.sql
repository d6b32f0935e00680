-- Of a first backfill's ANALYZEs, what is written as prose costs most, and no plan turns on it: it is left out. Words such as
-- states and kinds are looked at, though they stand in no index: without them one pull request of 200 was expected to be
-- tracked, where nearly all are. An ANALYZE of named columns leaves the table due for autovacuum's own, which looks at all.
CREATE OR REPLACE FUNCTION "throughline_analyze_grown"() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grown record;
    analyzed integer := 0;
BEGIN
    FOR grown IN
        SELECT c."oid"::regclass AS named, (SELECT string_agg(quote_ident(a."attname"), ', ' ORDER BY a."attnum")
            FROM pg_attribute a
            WHERE a."attrelid" = c."oid" AND a."attnum" > 0 AND NOT a."attisdropped"
                AND (a."atttypid" <> ALL (ARRAY['text[]', 'jsonb', 'bytea']::regtype[])
                        AND a."attname" <> ALL (ARRAY['title', 'body', 'url', 'headline', 'description', 'evidence'])
                    OR EXISTS (SELECT FROM pg_index i WHERE i."indrelid" = c."oid" AND a."attnum" = ANY (i."indkey")))
            ) AS telling
        FROM pg_class c
        WHERE c."oid" = ANY (ARRAY['member', 'pull_request', 'pull_request_label', 'review', 'commit', 'pull_request_file',
                'comment', 'pull_request_event', 'check_run', 'ai_signal', 'nested_list', 'deployment',
                'deployment_commit', 'release', 'rollup_dirty', 'weekly_metrics']::regclass[])
            -- Four times what the planner knows of, from a few pages on.
            AND pg_relation_size(c."oid") > 4 * greatest(c."relpages", 1) * current_setting('block_size')::bigint
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s (%s)', grown.named, grown.telling);
        analyzed := analyzed + 1;
    END LOOP;
    RETURN analyzed;
END
$$;
