COMMENT ON INDEX "pull_request_head_idx" IS 'refreshBaseKinds (src/db/pulls/base-kinds.ts): whether a branch is the head of a pull request';
COMMENT ON INDEX "pull_request_base_idx" IS 'findChangedBases (src/db/pulls/base-kinds.ts): what was merged into the head of a pull request';
