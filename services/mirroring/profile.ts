import type { FieldError } from '../kernel/errors.ts';
import { MirrorProfile } from './profile.schema.ts';

export type ReadProfile = { profile: MirrorProfile } | { errors: FieldError[] };

/**
 * Reads a profile as it lies in its file. Each problem names the rule and the field, with its pointer in the file.
 * @param name the file's, which the profile has to bear
 */
export function readProfile(name: string, json: unknown): ReadProfile {
  const parsed = MirrorProfile.safeParse(json);
  if (parsed.success && parsed.data.name !== name) {
    return { errors: [{ pointer: '/name', message: `is ${parsed.data.name}; the file is ${name}.json` }] };
  }
  if (parsed.success) return { profile: parsed.data };
  return {
    errors: parsed.error.issues.flatMap((issue) => {
      const members = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
      return members.map((member) => {
        const path = member === undefined ? issue.path : [...issue.path, member];
        const message = member === undefined ? issue.message : 'is not a known field';
        return { pointer: pointerOf(path), message: `${placeOf(json, path)}${message}` };
      });
    }),
  };
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** `ingress rule 20, destinationPorts: ` for what lies within a rule, `sessionNumber: ` for the rest. */
function placeOf(json: unknown, path: readonly PropertyKey[]): string {
  const [filter, rules, index, ...field] = path;
  if (filter !== 'filter' || rules !== 'rules' || typeof index !== 'number') {
    return path.length > 0 ? `${path.map(String).join('.')}: ` : '';
  }
  const rule = (json as { filter: { rules: unknown[] } }).filter.rules[index] as
    | Record<string, unknown>
    | null
    | undefined;
  const numbered = rule?.ruleNumber !== undefined && rule.direction !== undefined;
  const name = numbered ? `${rule?.direction} rule ${rule?.ruleNumber}` : `rule at place ${index + 1}`;
  return field.length > 0 ? `${name}, ${field.map(String).join('.')}: ` : `${name}: `;
}
