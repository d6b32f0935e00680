import { expect, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import { serve, TOKEN } from '../small-world.ts';

const NOW = new Date('2026-06-10T12:00:00Z');
const source = generateOrganisation({ seed: 5, now: NOW, since: NOW, daysAhead: 0 });
const REPORT = '/orgs/acme-robotics/copilot/metrics/reports/users-1-day?day=2026-06-08';

const open = () => serve(source, { token: TOKEN, now: () => NOW });

function ask(fake: FakeGitHub, path: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${fake.url}${path}`, {
    headers: {
      authorization: `bearer ${TOKEN}`,
      'user-agent': 'test',
      'x-github-api-version': '2026-03-10',
      ...headers,
    },
  });
}

async function linkOf(fake: FakeGitHub): Promise<string> {
  const { download_links: links } = (await (await ask(fake, REPORT)).json()) as {
    download_links: string[];
  };
  return links[0] ?? '';
}

test('a report lies behind a link to another host, as one object a line', async () => {
  const fake = await open();
  const link = await linkOf(fake);
  expect(new URL(link).host).not.toBe(new URL(fake.url).host);
  const lines = (await (await fetch(link)).text()).trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.length).toBeGreaterThanOrEqual(5);
  for (const row of rows) {
    expect(row).toMatchObject({ day: '2026-06-08', user_login: expect.any(String) as string });
    expect(Number(row['code_acceptance_activity_count'])).toBeLessThanOrEqual(
      Number(row['code_generation_activity_count']),
    );
  }
  expect(fake.stats()).toMatchObject({ downloads: 1, brokenRules: [] });
});

test('the same day is the same report, whoever asks and when it has settled', async () => {
  const read = async () => (await fetch(await linkOf(await open()))).text();
  expect(await read()).toBe(await read());
});

test('rules that are broken are counted: no version, the token at the host of files, a made-up link, a day to come', async () => {
  const fake = await open();
  await ask(fake, REPORT, { 'x-github-api-version': '2022-11-28' });
  const link = await linkOf(fake);
  await fetch(link, { headers: { authorization: `bearer ${TOKEN}` } });
  expect((await fetch(`${new URL(link).origin}/reports/guess.ndjson?sig=x`)).status).toBe(403);
  await ask(fake, REPORT.replace('06-08', '07-01'));
  expect(fake.stats().brokenRules).toEqual([
    'Copilot was asked with the API version 2022-11-28, not 2026-03-10.',
    'A token was sent to the host of report files: its links carry a signature.',
    'A report file was asked for by a link that was never given.',
    'A report was asked for the day "2026-07-01", which is none or has not begun.',
  ]);
});
