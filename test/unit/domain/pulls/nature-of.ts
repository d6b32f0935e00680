import { readNature, type ChangeTexts } from '../../../../src/domain/pulls/change-nature.ts';

/** The nature of pull request 40 of acme/api, which adds search unless given otherwise. */
export function natureOf(given: Partial<ChangeTexts>) {
  return readNature({
    number: 40,
    title: 'Add search',
    body: null,
    url: 'https://github.com/acme/api/pull/40',
    headBranch: 'search',
    labels: [],
    ...given,
  });
}
