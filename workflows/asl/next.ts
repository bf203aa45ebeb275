/** Where a state goes: to another one, or nowhere (the end of its machine or iteration). */
export const onward = (next: string | undefined): { Next: string } | { End: true } =>
  next === undefined ? { End: true } : { Next: next };

/** The part of an object that has values: states are rendered, and JSON has no undefined. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
