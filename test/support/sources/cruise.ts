import type { ICruiseResult } from 'dependency-cruiser';
import { runTool } from './scratch-tree.ts';

export interface Cruise {
  readonly modules: ICruiseResult['modules'];
  /** Files of src that were looked at, generated ones too. */
  readonly sources: readonly string[];
  /** Rule names by the file that breaks them, sorted. */
  readonly violations: Readonly<Record<string, readonly string[]>>;
}

/** Runs dependency-cruiser over folders of a directory as `npm run rooms` does. */
export async function cruise(
  directory: string,
  config: string,
  folders: readonly string[] = ['src'],
): Promise<Cruise> {
  const { stdout, stderr } = await runTool(directory, 'depcruise', [
    '--config',
    config,
    '--output-type',
    'json',
    ...folders,
  ]);
  if (stdout === '') {
    throw new Error(`dependency-cruiser gave no result: ${stderr}`);
  }
  const result: ICruiseResult = JSON.parse(stdout);
  const violations: Record<string, string[]> = {};
  for (const { rule, from } of result.summary.violations) {
    const names = (violations[from] ??= []);
    if (!names.includes(rule.name)) {
      names.push(rule.name);
      names.sort();
    }
  }
  return {
    modules: result.modules,
    sources: result.modules.map(({ source }) => source).filter((path) => path.startsWith('src/')),
    violations,
  };
}
