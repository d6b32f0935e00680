import { describe, expect, it } from 'vitest';
import { natureOf } from './nature-of.ts';

describe('hotfixes', () => {
  it.each([
    'hotfix: login',
    'Hotfix: login',
    'hotfix(api)!: login',
    'hot-fix: login',
    'Hot fix: login',
    'HOTFIX login',
    'Hotfix for the login',
    'Hotfix 1.2.3',
    'A hot-fix for login',
    '[Hotfix] login',
    '[ABC-1] Hotfix: login',
    'ABC-1 hotfix login',
    'fix(hotfix): login',
    'chore: hotfix login',
    '🚑 login',
    '🚑️ login',
    ':ambulance: login',
    'Hotfix: revert "Add search"',
  ])('%s: is one', (title) => {
    expect(natureOf({ title }).isHotfix).toBe(true);
  });

  it.each([
    'Revert "Hotfix: login"',
    'revert: hotfix login',
    'Reapply "Hotfix: login"',
    'Docs: how to make a hotfix',
    'docs: hotfix process',
    'Hotfix branches are protected',
    'Hotfix process in the guide',
    'The hotfix process',
    'Add a hotfix label',
    'Support for hotfix branches',
    'Merge the hotfix',
    'Hotfixable releases',
  ])('%s: is none', (title) => {
    expect(natureOf({ title }).isHotfix).toBe(false);
  });

  it.each([
    'hotfix/login',
    'hotfix-1.2',
    'hotfix_login',
    'hotfixes/login',
    'Hotfix/login',
    'hot-fix/a',
    'hotfix',
    'ann/hotfix-login',
    'ann/hotfix/login',
  ])('branch %s: is one', (headBranch) => {
    expect(natureOf({ headBranch }).isHotfix).toBe(true);
  });

  it.each([
    'revert-12-hotfix/login',
    'docs/hotfix-process',
    'feature/hotfix-button',
    'search',
    'fix/hotfixed',
    'not-hotfix',
  ])('branch %s: is none', (headBranch) => {
    expect(natureOf({ headBranch }).isHotfix).toBe(false);
  });

  it.each([
    'hotfix',
    'Hotfix',
    'HOT FIX',
    'hot-fix',
    'type: hotfix',
    'kind/hotfix',
    'hotfix 🚑',
    'hot_fix',
  ])('label %s: is one', (label) => {
    expect(natureOf({ labels: ['bug', label] }).isHotfix).toBe(true);
  });

  it.each(['no-hotfix', 'hotfix-candidate', 'not: hotfix', 'bugfix', 'hotfix/later'])(
    'label %s: is none',
    (label) => {
      expect(natureOf({ labels: [label] }).isHotfix).toBe(false);
    },
  );

  it('a revert with the label is both', () => {
    expect(natureOf({ title: 'Revert "Add search"', labels: ['hotfix'] })).toEqual({
      isRevert: true,
      isHotfix: true,
      reverts: [],
    });
  });
});
