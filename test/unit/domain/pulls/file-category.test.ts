import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyFile, type FileCategory } from '../../../../src/domain/pulls/file-category.ts';
import { measureCpuMs } from '../../../support/cpu-time.ts';

const CATEGORIES: readonly FileCategory[] = [
  'TEST',
  'FRONTEND',
  'BACKEND',
  'JAVASCRIPT',
  'DOCS',
  'CONFIG',
  'OTHER',
];

describe('the category of a file', () => {
  it.each<[path: string, category: FileCategory]>([
    ['src/components/Button.tsx', 'FRONTEND'],
    ['src/app/api/users.ts', 'BACKEND'],
    ['src/pages/api/login.js', 'BACKEND'],
    ['pages/index.js', 'FRONTEND'],
    ['src/services/billing.ts', 'BACKEND'],
    ['lib/api/client.ts', 'BACKEND'],
    ['src/web/api/x.ts', 'FRONTEND'],
    ['src/index.ts', 'JAVASCRIPT'],
    ['src/foo.test.tsx', 'TEST'],
    ['tests/test_x.py', 'TEST'],
    ['src/latest.ts', 'JAVASCRIPT'],
    ['app/models/user.rb', 'BACKEND'],
    ['docs/guide.mdx', 'FRONTEND'],
    ['README.md', 'DOCS'],
    ['package.json', 'CONFIG'],
    ['yarn.lock', 'CONFIG'],
    ['Dockerfile', 'CONFIG'],
    ['.gitignore', 'CONFIG'],
    ['.github/workflows/ci.yml', 'CONFIG'],
    ['infra/main.tf', 'OTHER'],
    ['src/schema.graphql', 'OTHER'],
    ['test/foo.py', 'TEST'],
  ])('%s is %s', (path, category) => {
    expect(classifyFile(path)).toBe(category);
  });

  it.each<[why: string, path: string, category: FileCategory]>([
    ['a test wins over its folder', 'src/components/Button.spec.ts', 'TEST'],
    ['a folder of tests wins over the kind of file', 'src/__tests__/data.json', 'TEST'],
    ['Go names tests at the end', 'pkg/server/handler_test.go', 'TEST'],
    ['Python names them at the start', 'app/test_views.py', 'TEST'],
    ['Django has one file of them', 'blog/tests.py', 'TEST'],
    ['a word that begins like one is none', 'src/contest/testimony.ts', 'JAVASCRIPT'],
    ['a folder that begins like one is none', 'testdata/cases.py', 'BACKEND'],
    ['an API route wins over the front end', 'apps/web/src/app/api/route.ts', 'BACKEND'],
    ['the front end wins over the back end', 'frontend/services/api.ts', 'FRONTEND'],
    ['a script at the root has no side', 'index.mjs', 'JAVASCRIPT'],
    ['a folder is a whole segment', 'src/services.ts', 'JAVASCRIPT'],
    ['a declaration is a script', 'src/hooks/types.d.ts', 'FRONTEND'],
    ['letters of either size', 'SRC/Components/BUTTON.JS', 'FRONTEND'],
    ['extensions of either size', 'READ.ME.MD', 'DOCS'],
    ['a dotfile with an extension', '.eslintrc.json', 'CONFIG'],
    ['a dotfile without', 'config/.npmrc', 'CONFIG'],
    ['a well-known name in a folder', 'docker/Makefile', 'CONFIG'],
    ['a name that only begins like it', 'Makefiles', 'OTHER'],
    ['no name at all', '', 'OTHER'],
    ['only a folder', 'src/', 'OTHER'],
    ['a picture', 'logo.png', 'OTHER'],
  ])('%s: %s', (_, path, category) => {
    expect(classifyFile(path)).toBe(category);
  });

  it('is one of the known ones for any text, at once', () => {
    const piece = fc.constantFrom(
      ...'/ . _ - [ \\ \0 é 🚀 test spec api pages src ts py md a'.split(' '),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        (path) => {
          expect(CATEGORIES).toContain(classifyFile(path));
        },
      ),
      { numRuns: 300 },
    );
    const cpuMs = measureCpuMs(() => {
      expect(classifyFile('a/'.repeat(200_000))).toBe('OTHER');
      expect(classifyFile(`${'packages/'.repeat(50_000)}x.ts`)).toBe('JAVASCRIPT');
    });
    expect(cpuMs).toBeLessThan(1_000);
  });
});
