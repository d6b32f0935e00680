-- external_set: whether a member is external, as an admin has said who is in external_set_by_id. Syncs go on to write what
-- GitHub says into is_external, which counts again once the admin gives the decision back.
ALTER TABLE "member"
    ADD COLUMN "external_set" BOOLEAN,
    ADD COLUMN "external_set_by_id" BIGINT,
    ADD CONSTRAINT "member_external_set_check" CHECK (num_nulls("external_set", "external_set_by_id") IN (0, 2)) NOT VALID;
ALTER TABLE "member" VALIDATE CONSTRAINT "member_external_set_check";
