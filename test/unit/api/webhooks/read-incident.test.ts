import { describe, expect, it } from 'vitest';
import { readIncident } from '../../../../src/api/webhooks/read-incident.ts';

const WHOLE = {
  id: 'INC-7',
  title: 'Checkout is down',
  url: 'https://status.example.com/7',
  repository: 'acme/shop',
  environment: 'production',
  openedAt: '2026-03-04T12:00:00Z',
  resolvedAt: '2026-03-04T14:30:00+02:00',
};

describe('readIncident', () => {
  it('reads an incident with everything, and one with what it needs', () => {
    expect(readIncident(WHOLE)).toEqual({
      externalId: 'INC-7',
      title: 'Checkout is down',
      url: 'https://status.example.com/7',
      repository: { owner: 'acme', name: 'shop' },
      environment: 'production',
      openedAt: new Date('2026-03-04T12:00:00Z'),
      resolvedAt: new Date('2026-03-04T12:30:00Z'),
    });
    expect(readIncident({ id: 7, title: 't', openedAt: WHOLE.openedAt })).toMatchObject({
      externalId: '7',
      url: null,
      repository: null,
      resolvedAt: null,
    });
  });

  it('cleans text that the database cannot hold', () => {
    expect(readIncident({ ...WHOLE, title: 'a\u0000b' }).title).toBe('a\uFFFDb');
  });

  it.each([
    ['id', ''],
    ['id', 'x'.repeat(201)],
    ['id', {}],
    ['title', undefined],
    ['url', 'javascript:alert(1)'],
    ['url', 'nowhere'],
    ['repository', 'a/b/c'],
    ['environment', 5.5],
    ['openedAt', '2026-03-04'],
    ['openedAt', '2026-13-41T99:00:00Z'],
    ['openedAt', '2026-02-30T12:00:00Z'],
    ['openedAt', '0000-01-01T00:00:00Z'],
    ['openedAt', '9999-12-31T23:59:59-01:00'],
    ['resolvedAt', '9999-12-31T23:59:59Z'],
    ['openedAt', 1_772_625_600],
    ['resolvedAt', '2026-03-04T11:59:59Z'],
  ])('refuses %s %j with a sentence that names it', (field, value) => {
    expect(() => readIncident({ ...WHOLE, [field]: value })).toThrow(
      new RegExp(`^${field} .+\\.$`),
    );
  });
});
