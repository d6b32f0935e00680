-- What operators change that belongs to no team.
CREATE TABLE "instance_audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" BIGINT,
    "action" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    CONSTRAINT "instance_audit_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "instance_audit"
    ADD CONSTRAINT "instance_audit_action_check" CHECK ("action" ~ '^[A-Z][A-Z_]{2,62}$'),
    ADD CONSTRAINT "instance_audit_details_check" CHECK (jsonb_typeof("details") = 'object');
ALTER TABLE "instance_audit" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "instance_audit" FORCE ROW LEVEL SECURITY;
CREATE POLICY "instance_audit_operator" ON "instance_audit" TO throughline_application
    USING ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR')
    WITH CHECK ((SELECT current_setting('app.instance_role', true)) = 'OPERATOR');
CREATE POLICY "instance_audit_maintenance" ON "instance_audit" TO throughline_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON "instance_audit" TO throughline_application;
GRANT USAGE ON SEQUENCE "instance_audit_id_seq" TO throughline_application;
COMMENT ON TABLE "instance_audit" IS
    'Which operator changed what about the installation. Append-only; without an actor a command on the database did it.';
