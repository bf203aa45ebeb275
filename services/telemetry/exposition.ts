/** Text of the Prometheus exposition format, version 0.0.4. */

/** Series of one name: labels (see `labels`; empty for none) and what they stand at. */
export type Series = ReadonlyMap<string, number>;

export type FamilyType = 'counter' | 'gauge' | 'histogram';

/** @param series keys begin with the suffix of the name, where there is one: `_bucket{le="1"}` */
export const family = (
  name: string,
  help: string,
  series: Series,
  type: FamilyType = 'counter',
): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...[...series].map(([key, value]) => `${name}${key} ${value}`),
];

export const labels = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
