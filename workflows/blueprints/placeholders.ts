import { type BlueprintContext, isNamedValue, NAMED_VALUES } from './values.ts';

/** What `${…}` may stand for, in a Region: pseudo parameters, values of the plan, and values that the caller adds. */
export type Place = { region: string; context: BlueprintContext };

const PLACEHOLDER = /\$\{([^}]*)\}/g;
const PSEUDO: Record<string, (region: string) => string> = {
  'AWS::Partition': () => 'aws',
  // The new account is not known when the plan is made.
  'AWS::AccountId': () => '{accountId}',
  'AWS::Region': (region) => region,
};

/** The names in `${…}` that nobody knows. @param also names that are known besides */
export const unknownPlaceholders = (text: string, also: readonly string[] = []): string[] =>
  [...text.matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name)
    .filter((name) => !Object.hasOwn(PSEUDO, name) && !isNamedValue(name) && !also.includes(name));

/** The text with every `${…}` filled; undefined when the plan lacks one of the values. */
export function filled(
  text: string,
  { region, context }: Place,
  also: Readonly<Record<string, string | undefined>> = {},
): string | undefined {
  const fill = (name: string): string | undefined =>
    PSEUDO[name]?.(region) ?? (isNamedValue(name) ? NAMED_VALUES[name](context) : also[name]);
  const values = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => fill(name));
  if (values.includes(undefined)) return undefined;
  return text.replace(PLACEHOLDER, (_all, name: string) => fill(name) ?? '');
}
