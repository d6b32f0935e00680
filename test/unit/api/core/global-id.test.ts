import { describe, expect, it } from 'vitest';
import {
  formatRowKey,
  readGlobalId,
  readRowId,
  readRowKey,
  readTeamId,
} from '../../../../src/api/core/global-id.ts';

describe('global ids', () => {
  it('name a type and a row of a team', () => {
    expect(readGlobalId(btoa('PullRequest:3:77'))).toEqual({ typename: 'PullRequest', id: '3:77' });
    expect(readRowId(btoa('PullRequest:3:77'), 'PullRequest')).toEqual({ teamId: 3n, id: 77n });
    expect(readTeamId(btoa('Team:3'))).toBe(3n);
    expect(readRowKey(formatRowKey({ teamId: 3n, id: 77n }))).toEqual({ teamId: 3n, id: 77n });
  });

  it.each([
    '',
    'é',
    'not base64!',
    btoa('Team'),
    btoa('Team:'),
    btoa('Team:1:2'),
    btoa('Team:-1'),
    btoa('Team:1e3'),
    btoa('Review:1:2'),
    btoa('PullRequest:1'),
    btoa('PullRequest:1:2:3'),
    btoa('PullRequest:1:99999999999999999999'),
    btoa('__proto__:1'),
  ])('that make no sense (%s) are ids that never existed', (text) => {
    expect(readGlobalId(text)).toEqual({ typename: 'Team', id: '0' });
    expect(readTeamId(text)).toBe(0n);
    expect(readRowId(text, 'PullRequest')).toEqual({ teamId: 0n, id: 0n });
  });

  it('of another type are no id of this one', () => {
    expect(readTeamId(btoa('PullRequest:3:77'))).toBe(0n);
    expect(readRowId(btoa('Member:3:77'), 'PullRequest')).toEqual({ teamId: 0n, id: 0n });
    expect(readRowId(btoa('Team:3'), 'Team')).toEqual({ teamId: 0n, id: 0n });
  });
});
