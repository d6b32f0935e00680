import type pg from 'pg';
import type { Unit } from '../../domain/core/quantities.ts';

/** OK needs nothing, LOOK is worth a look, ACT needs action. */
export type Severity = 'OK' | 'LOOK' | 'ACT';

export interface Finding {
  readonly severity: Severity;
  /** What was measured, as a sentence. */
  readonly measured: string;
  /** What to do, as a sentence. */
  readonly advice: string;
}

export type Cell = string | number | null;

export interface ReportColumn {
  /** Name of the value in each row. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
}

/** One part of the report: what was measured as a table, and what to make of it. */
export interface ReportSection {
  readonly key: string;
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  /** The first rows, at most as many as were asked for. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** How many rows there are in all. */
  readonly total: number;
  readonly findings: readonly Finding[];
}

/** What all sections of one report share. */
export interface ReportScope {
  readonly now: Date;
  /** Rows that each table shows, 1 or more. */
  readonly top: number;
  /** Since when PostgreSQL counts in this database; null when it does not say. */
  readonly statisticsSince: Date | null;
  /** Whether other roles' sessions and statements may be read (pg_read_all_stats). */
  readonly seesOthers: boolean;
}

/** Measures one section; reads only. */
export type Section = (connection: pg.Client, scope: ReportScope) => Promise<ReportSection>;

export interface SectionDefinition<Row> {
  readonly key: string;
  readonly title: string;
  /** Title and unit of each value that the table shows, in its order. */
  readonly columns: Readonly<Partial<Record<keyof Row & string, readonly [title: string, Unit]>>>;
  /** Rows with the most important first. */
  readonly read: (connection: pg.Client, scope: ReportScope) => Promise<readonly Row[]>;
  /** Pure: says what all rows mean. */
  readonly evaluate: (rows: readonly Row[], scope: ReportScope) => readonly Finding[];
}

/** Makes a section of what it reads and how it judges. */
export function defineSection<Row>(definition: SectionDefinition<Row>): Section {
  const { key, title } = definition;
  const columns = Object.entries<readonly [string, Unit] | undefined>(definition.columns).flatMap(
    ([name, column]) => (column === undefined ? [] : [{ name, title: column[0], unit: column[1] }]),
  );
  return async (connection, scope) => {
    const rows = await definition.read(connection, scope);
    const shown = rows.slice(0, scope.top).map((row) => {
      const values = row as Readonly<Record<string, Cell>>;
      return Object.fromEntries(columns.map(({ name }) => [name, values[name] ?? null]));
    });
    return {
      key,
      title,
      columns,
      rows: shown,
      total: rows.length,
      findings: definition.evaluate(rows, scope),
    };
  };
}

/** A finding that needs nothing. */
export function fine(measured: string): Finding {
  return { severity: 'OK', measured, advice: 'Nothing to do.' };
}

/** A finding that is worth a look. */
export function look(measured: string, advice: string): Finding {
  return { severity: 'LOOK', measured, advice };
}

/** A finding that needs action. */
export function act(measured: string, advice: string): Finding {
  return { severity: 'ACT', measured, advice };
}

/** The findings; when there are none, that nothing needs to be done. */
export function orFine(findings: readonly Finding[], measured: string): readonly Finding[] {
  return findings.length > 0 ? findings : [fine(measured)];
}
