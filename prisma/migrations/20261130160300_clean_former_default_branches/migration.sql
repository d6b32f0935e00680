-- A repository that was first seen empty had no default branch, and NULL was remembered as a former one: with it in the list
-- no other could be added.
UPDATE "repository" SET "former_default_branches" = array_remove("former_default_branches", NULL)
    WHERE array_position("former_default_branches", NULL) IS NOT NULL;
ALTER TABLE "repository"
    ADD CONSTRAINT "repository_former_default_branches_check" CHECK (array_position("former_default_branches", NULL) IS NULL) NOT VALID;
ALTER TABLE "repository" VALIDATE CONSTRAINT "repository_former_default_branches_check";
