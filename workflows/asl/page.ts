import type { Assign, Expression } from './definition.ts';
import { expr } from './expression.ts';

/**
 * Paging: a list state calls itself until there is no token. AWS may answer an empty page with a token, so only the
 * token says that the end is reached. The token's variable is '' at the first page; nobody else touches it.
 */
export const pageOf = (fixed: string, options: { variable: string; token?: string }): Expression =>
  expr(
    `$merge([${fixed}, $${options.variable} = '' ? {} : {'${options.token ?? 'NextToken'}': $${options.variable}}])`,
  );

/** The token of the page after this one, '' after the last. @param answer its name in the result */
export const turnPage = (variable: string, answer = 'NextToken'): Assign => ({
  [variable]: expr(`$states.result.${answer} ? $states.result.${answer} : ''`),
});

/** Begin at the first page. */
export const firstPage = (variable: string): Assign => ({ [variable]: expr("''") });

/** JSONata code: there is another page. */
export const morePages = (variable: string): string => `$${variable} != ''`;
