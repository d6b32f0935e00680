import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../../src/runtime/settings/config.ts';

function complaints(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.complaints : [String(error)];
  }
}

describe('origins', () => {
  it.each([
    '*',
    'null',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://App.example.com',
    'https://app.example.com:443',
    'https://user@app.example.com',
    'app.example.com',
    'ftp://app.example.com',
    'https://app.example.com,,https://b.example.com',
  ])('are not %j, which no browser sends as one that may be trusted', (text) => {
    expect(complaints({ CORS_ALLOWED_ORIGINS: text })).toEqual([
      expect.stringMatching(/^CORS_ALLOWED_ORIGINS must be a list of origins such as /),
    ]);
  });
});

describe('names of operations', () => {
  it.each([
    'a b',
    '1a',
    'a,',
    'x'.repeat(65),
    Array.from({ length: 101 }, (_, n) => `N${n}`).join(','),
  ])('are not %j', (text) => {
    expect(complaints({ METRICS_OPERATIONS: text })).toEqual([
      expect.stringMatching(/^METRICS_OPERATIONS must be /),
    ]);
  });
});

it('the format of logs is one of two', () => {
  expect(complaints({ LOG_FORMAT: 'yaml' })).toEqual([
    'LOG_FORMAT must be one of json, text, not "yaml".',
  ]);
});

describe('ports', () => {
  it.each([
    ['4000 ', 4000],
    ['', 4000],
    ['65535', 65_535],
  ])('read %j as a port', (text, port) => {
    expect(parseConfig({ PORT: text }).server.port).toBe(port);
  });

  it.each(['0x10', '+1', '1 2', '99999'])('do not read %j as a port', (text) => {
    expect(complaints({ PORT: text })).toHaveLength(1);
  });
});
