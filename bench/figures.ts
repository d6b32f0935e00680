import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Machine } from './machine.ts';
import { readIfThere } from '../src/runtime/embedded/private-file.mjs';
import { SetupError } from '../src/runtime/embedded/setup-error.ts';

/** One measured number. A target of null only informs; `met` is null where nothing was judged. */
export interface Figure {
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string | null;
  readonly met: boolean | null;
}

export interface BenchResult {
  readonly name: string;
  readonly quick: boolean;
  readonly machine: Machine;
  /** Settings of PostgreSQL that matter for speed. */
  readonly settings: Readonly<Record<string, string>>;
  readonly startedAt: string;
  readonly command: string;
  readonly figures: readonly Figure[];
}

/** Collects figures and judges them. */
export interface Figures {
  /** A number that is only reported. */
  report(key: string, value: number, unit: string): void;
  /** A number that is the same in every run: it is always judged. */
  exactly(key: string, value: number, unit: string, target: Target): void;
  /** A number that depends on the machine's mood: it is judged in full runs only. */
  timed(key: string, value: number, unit: string, target: Target): void;
  readonly all: readonly Figure[];
}

export type Target =
  { readonly atLeast: number } | { readonly atMost: number } | { readonly equals: number };

const PRECISION = 4;

export function createFigures(quick: boolean): Figures {
  const all: Figure[] = [];
  const add = (key: string, value: number, unit: string, target: Target, judged: boolean): void => {
    all.push({
      key,
      value: round(value),
      unit,
      target: describeTarget(target),
      met: judged ? isMet(value, target) : null,
    });
  };
  return {
    report: (key, value, unit) =>
      void all.push({ key, value: round(value), unit, target: null, met: null }),
    exactly: (key, value, unit, target) => add(key, value, unit, target, true),
    timed: (key, value, unit, target) => add(key, value, unit, target, !quick),
    all,
  };
}

function round(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(PRECISION));
}

function isMet(value: number, target: Target): boolean {
  if ('atLeast' in target) {
    return value >= target.atLeast;
  }
  return 'atMost' in target ? value <= target.atMost : value === target.equals;
}

function describeTarget(target: Target): string {
  if ('atLeast' in target) {
    return `>= ${target.atLeast}`;
  }
  return 'atMost' in target ? `<= ${target.atMost}` : `= ${target.equals}`;
}

/** The middle one of an odd number of measurements. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function verdict({ met }: Figure): string {
  return met === null ? '' : met ? 'met' : 'MISSED';
}

/** The figures as a table for a terminal. */
export function renderTable(result: BenchResult): string {
  const table = new Table({
    head: ['figure', 'value', 'unit', 'target', ''],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  });
  for (const figure of result.figures) {
    table.push([
      figure.key,
      { content: String(figure.value), hAlign: 'right' },
      figure.unit,
      figure.target ?? '',
      verdict(figure),
    ]);
  }
  const { machine } = result;
  return `${result.name}${result.quick ? ' (quick)' : ''}, ${result.startedAt}
${machine.cpus} x ${machine.model}, ${machine.memory}; Node ${machine.node}, PostgreSQL ${machine.postgres}
${Object.entries(machine.packages)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}
${Object.entries(result.settings)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ')}
${table.toString()}\n`;
}

/** The same table as docs/benchmarks.md has it. */
export function renderMarkdown(result: BenchResult): string {
  const { machine } = result;
  const rows = result.figures.map(
    (figure) =>
      `| \`${figure.key}\` | ${figure.value} ${figure.unit} | ${figure.target ?? ''} | ${verdict(figure)} |`,
  );
  return `\`${result.command}\`, ${result.startedAt.slice(0, 10)}: ${machine.cpus} x ${machine.model}, ${machine.memory}, Node ${machine.node}, PostgreSQL ${machine.postgres}.

| figure | value | target | |
| --- | ---: | --- | --- |
${rows.join('\n')}
`;
}

function pathOf(directory: string, name: string, quick: boolean): string {
  return join(directory, `${name}${quick ? '.quick' : ''}.json`);
}

/** Writes `<name>.json`, or `<name>.quick.json`, which is not kept. */
export async function writeResult(directory: string, result: BenchResult): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = pathOf(directory, result.name, result.quick);
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

/** Reads the result of the last full run. @throws SetupError when there is none */
export async function readResult(directory: string, name: string): Promise<BenchResult> {
  const text = await readIfThere(pathOf(directory, name, false));
  if (text === undefined) {
    throw new SetupError(
      `There is no result of a full run of ${name}: run npm run bench -- ${name} without --print first.`,
    );
  }
  return JSON.parse(text) as BenchResult;
}
