/** Paths of organizational units by their id, as the newest reading of the organization has them. */
export type Units = ReadonlyMap<string, string>;

/** @param unit null for an account that lies in none */
export const unitName = (units: Units, unit: string | null): string =>
  unit === null ? 'No unit' : units.get(unit) || unit;

export const unitOptions = (units: Units): { value: string; label: string }[] =>
  [...units].map(([value, label]) => ({ value, label })).sort((a, b) => (a.label < b.label ? -1 : 1));
