import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  createSentenceLogger,
  logFormatOf,
  routeProcessWarnings,
  type WarningSource,
} from '../../../../src/runtime/core/logger.ts';

describe('the format of a log', () => {
  it.each([
    { production: false, logFormat: undefined, watched: true, format: 'text' },
    { production: false, logFormat: undefined, watched: false, format: 'json' },
    { production: true, logFormat: undefined, watched: true, format: 'json' },
    { production: true, logFormat: undefined, watched: false, format: 'json' },
    { production: true, logFormat: 'text', watched: false, format: 'text' },
    { production: false, logFormat: 'json', watched: true, format: 'json' },
  ] as const)('is for whoever reads it: %j', ({ watched, format, ...settings }) => {
    expect(logFormatOf(settings, watched)).toBe(format);
  });
});

describe("Node's warnings", () => {
  it('are entries of the log, and are not written beside it', () => {
    const host = new EventEmitter();
    const beside: unknown[] = [];
    host.on('warning', (warning) => beside.push(warning));
    const warnings: string[] = [];
    const logger = createSentenceLogger('info', {
      note: () => undefined,
      warn: (sentence) => void warnings.push(sentence),
    });
    routeProcessWarnings(host as unknown as WarningSource, logger);
    const deprecated = Object.assign(new Error('x is deprecated'), { code: 'DEP0001' });
    host.emit('warning', Object.assign(deprecated, { name: 'DeprecationWarning' }));
    expect(beside).toEqual([]);
    expect(warnings).toEqual(['x is deprecated (warning: DeprecationWarning; code: DEP0001)']);
  });
});
