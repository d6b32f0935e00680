import type { GitHubData } from '../../../src/demo/core/github-data.ts';
import {
  generateOrganisation,
  type OrganisationOptions,
} from '../../../src/demo/organisation/organisation.ts';

/** The made-up organisation without deployments: each would cost a comparison, and tests of its own are about them. */
export function organisationWithoutDeployments(options: OrganisationOptions): GitHubData {
  const source = generateOrganisation(options);
  return {
    ...source,
    repositories: source.repositories.map((repository) => ({ ...repository, deployments: [] })),
  };
}
