import type { Expression } from './definition.ts';

/**
 * A JSONata expression, on one line: validators and the console show it as such.
 *
 * @example expr('$order + 1') === '{% $order + 1 %}'
 */
export const expr = (code: string): Expression => `{% ${oneLine(code)} %}`;

/** Code that may be written over several lines here. */
const oneLine = (code: string): string => code.replace(/\s*\n\s*/g, ' ').trim();

/**
 * An object of JSONata code. A member whose code yields nothing is left out of the object.
 *
 * @example objectOf({ step: "'recheck'", code: '$code' }) === "{'step': 'recheck', 'code': $code}"
 */
export const objectOf = (members: Record<string, string>): string =>
  `{${Object.entries(members)
    .map(([key, code]) => `'${key}': ${oneLine(code)}`)
    .join(', ')}}`;

/** A string of JSONata code. */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
