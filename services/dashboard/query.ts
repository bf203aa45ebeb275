type Values = Readonly<Record<string, string | number | undefined>>;

/** The address of a page with these values; what is empty is left out. */
export function address(path: string, values: Values): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A value of a filter, short and without what no database can hold; undefined when nothing is asked for. */
export function filterValue(value: string | undefined, most = 128): string | undefined {
  const text = value?.trim() ?? '';
  if (text === '' || text.length > most || /\0|\p{Surrogate}/u.test(text)) return undefined;
  return text;
}

export type AsOf = { at: Date; text: string } | 'unreadable' | undefined;

/**
 * The instant of a date picker: `2026-03-04T10:00` (UTC, as browsers send it), a day (its end), or RFC 3339.
 * @param nowMs milliseconds; what lies ahead counts as now
 */
export function instant(value: string | undefined, nowMs: number): AsOf {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const local = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(text);
  const whole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (!day && !local && !whole) return 'unreadable';
  const ms = Date.parse(day ? `${text}T23:59:59.999Z` : local ? `${text}Z` : text);
  if (Number.isNaN(ms)) return 'unreadable';
  const at = new Date(Math.min(ms, nowMs));
  return { at, text: at.toISOString().slice(0, 16) };
}
