import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { parseConfig } from '../../../../src/runtime/settings/config.ts';
import {
  renderEnvExample,
  renderSettingsHelp,
  renderSettingsTable,
} from '../../../../src/runtime/settings/settings-text.ts';
import { SETTINGS } from '../../../../src/runtime/settings/settings.ts';

it('.env.example is what the list of settings renders', async () => {
  const committed = await readFile(new URL('../../../../.env.example', import.meta.url), 'utf8');
  expect(committed).toBe(renderEnvExample());
});

it('.env.example sets nothing as it is, and every setting once its marks are taken away', () => {
  const text = renderEnvExample();
  expect(parseEnv(text)).toStrictEqual({});
  const uncommented = parseEnv(text.replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
  expect(Object.keys(uncommented).toSorted()).toStrictEqual(
    SETTINGS.map(({ name }) => name).toSorted(),
  );
});

it('every default and example that is listed can be used', () => {
  const examples = SETTINGS.flatMap((setting) =>
    'example' in setting ? [[setting.name, setting.example]] : [],
  );
  const defaults = SETTINGS.flatMap((setting) =>
    setting.default === null ? [] : [[setting.name, setting.default]],
  );
  expect(parseConfig(Object.fromEntries(defaults))).toStrictEqual(parseConfig({}));
  expect(() => parseConfig(Object.fromEntries(examples))).not.toThrow();
});

it('every range that a description names is the one that is read', () => {
  const ranges = SETTINGS.flatMap(({ name, description }) =>
    [...description.matchAll(/\((\d+) to (\d+)\)/g)].map(([, lowest, highest]) => ({
      name,
      lowest: Number(lowest),
      highest: Number(highest),
    })),
  );
  expect(ranges.length).toBeGreaterThan(8);
  for (const { name, lowest, highest } of ranges) {
    for (const inside of [lowest, highest]) {
      expect(() => parseConfig({ [name]: String(inside) })).not.toThrow();
    }
    for (const outside of [lowest - 1, highest + 1]) {
      expect(() => parseConfig({ [name]: String(outside) })).toThrow(
        `${name} must be a whole number from ${lowest} to ${highest}, not "${outside}".`,
      );
    }
  }
});

it('every setting without a default says what happens while it is unset', () => {
  const silent = SETTINGS.filter((each) => each.default === null && !each.whenUnset);
  expect(silent).toStrictEqual([]);
});

it('no secret has a default', () => {
  expect(SETTINGS.filter((each) => 'secret' in each && each.default !== null)).toStrictEqual([]);
});

it('README has the table as Prettier lays it out, a row for each setting', async () => {
  const table = await format(renderSettingsTable(), { parser: 'markdown' });
  expect(await readFile(new URL('../../../../README.md', import.meta.url), 'utf8')).toContain(
    table,
  );
  expect(table.trim().split('\n')).toHaveLength(SETTINGS.length + 2);
});

it('the help names every setting with its default', () => {
  const help = renderSettingsHelp();
  expect(SETTINGS.filter(({ name }) => !help.includes(`  ${name} `))).toStrictEqual([]);
  expect(help).toContain('Default: .throughline');
});
