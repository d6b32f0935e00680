-- Whether people from outside count in the numbers of a team, where a question does not say.
ALTER TABLE "team" ADD COLUMN "include_external" BOOLEAN NOT NULL DEFAULT true;
GRANT UPDATE ("include_external") ON "team" TO throughline_application;
