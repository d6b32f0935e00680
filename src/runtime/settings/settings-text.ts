import { SETTINGS, type Setting } from './settings.ts';

function whenUnset(setting: Setting): string {
  return setting.default ?? setting.whenUnset ?? 'unset';
}

/** The text of `.env.example`: every setting, commented out, with what holds when it stays so. Ends with a newline. */
export function renderEnvExample(): string {
  const lines = [
    '# Settings of Throughline. Copy this file to .env and take the # away from what you set.',
    '# The real environment wins over .env, and an empty value there counts as unset.',
  ];
  let group = '';
  for (const setting of SETTINGS) {
    if (setting.group !== group) {
      group = setting.group;
      lines.push('', `# --- ${group} ---`);
    }
    lines.push('', `# ${setting.description}`);
    if (setting.default === null) {
      lines.push(`# Unset: ${whenUnset(setting)}.`);
    }
    lines.push(`# ${setting.name}=${setting.default ?? setting.example ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The settings as a Markdown table for the README, which Prettier lays out. Ends with a newline. */
export function renderSettingsTable(): string {
  const rows = SETTINGS.map((setting) => {
    const meaning = setting.description + (setting.secret ? ' Secret.' : '');
    const unset = setting.default === null ? whenUnset(setting) : `\`${setting.default}\``;
    return `| \`${setting.name}\` | ${meaning} | ${unset} |`;
  });
  return `${['| Setting | Meaning | Unset |', '| --- | --- | --- |', ...rows].join('\n')}\n`;
}

/** The settings as plain text for `--help`, one paragraph each. Ends with a newline. */
export function renderSettingsHelp(): string {
  const width = Math.max(...SETTINGS.map((setting) => setting.name.length));
  const lines = SETTINGS.flatMap((setting) => [
    `  ${setting.name.padEnd(width)}  ${setting.description}`,
    `  ${' '.repeat(width)}  ${setting.default === null ? 'Unset' : 'Default'}: ${whenUnset(setting)}`,
  ]);
  return `${lines.join('\n')}\n`;
}
