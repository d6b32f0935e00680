import { createMetrics } from './metrics.ts';

/** What prom-client knows of a metric beyond its published type. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/**
 * What this code counts, as a Markdown table for the documentation. What prom-client adds of the process and of Node depends on
 * the platform. Ends with a newline.
 */
export function renderMetricsTable(): string {
  const described = createMetrics().registry.getMetricsAsArray() as unknown as Described[];
  const rows = described
    .filter(({ name }) => name.startsWith('throughline_'))
    .map(({ name, type, labelNames, help }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${labels} | ${help} |`;
    });
  return `${['| Metric | Type | Labels | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}
