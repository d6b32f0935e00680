-- A team that is created has no weeks by older definitions.
ALTER TABLE "team" ALTER COLUMN "rollup_definition" SET DEFAULT 'v3';
