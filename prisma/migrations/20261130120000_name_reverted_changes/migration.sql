-- reverts: what a pull request says it reverts, as #12 of its repository, owner/name#12 of another one, a commit or a range of
-- commits. Stored pull requests get it with the new definition, from the title and body that are stored.
ALTER TABLE "pull_request" ADD COLUMN "reverts" TEXT[] DEFAULT '{}';
