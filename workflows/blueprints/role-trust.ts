import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { filled, type Place } from './placeholders.ts';

const Texts = z.array(z.string().min(1)).min(1);

/** Who a role of the stack has to let in, as its trust document says it: read back before the account is ACTIVE. */
export const TrustedRole = z.strictObject({
  /** With `${AWS::Region}` in it there is one role for each Region; without, one, and the home Region's stack makes it. */
  name: z.string().regex(/^jetway-[\w+=,.@${}:-]{1,80}$/, 'is not a role whose name begins with jetway-'),
  trusts: z
    .array(
      z.strictObject({
        principals: Texts,
        conditions: z.record(z.string(), z.record(z.string(), Texts)).default({}),
      }),
    )
    .min(1),
});

/** As the plan has it. @property trust one line for each principal that a statement lets in, as `trustOf` reads it */
export type PlannedRole = { name: string; trust: string[] };

/** The roles that the component's stack of this Region makes. */
export function plannedRoles(roles: readonly z.output<typeof TrustedRole>[], place: Place): PlannedRole[] {
  const fill = (text: string): string => {
    const value = filled(text, place);
    if (value === undefined) throw new BlueprintError(`the plan lacks a value of ${text}`);
    return value;
  };
  return roles
    .filter(({ name }) => place.region === place.context.homeRegion || name.includes('${AWS::Region}'))
    .map(({ name, trusts }) => ({
      name: fill(name),
      trust: trusts.flatMap(({ principals, conditions }) => {
        const ifs = conditionLines(conditions).map(fill).sort();
        return principals.map((one) =>
          [fill(one), ...(ifs.length > 0 ? [ifs.join(' and ')] : [])].join(' if '),
        );
      }),
    }));
}

const conditionLines = (conditions: Record<string, Record<string, string[]>>): string[] =>
  Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) => values.map((value) => `${operator} ${key} ${value}`)),
  );

/**
 * JSONata code of the lines of a trust document as AWS has it: whoever is let in, with the whole of the condition.
 * A `Deny` only narrows, and which STS call it is does not change who comes in.
 *
 * @param document JSONata code of the parsed document
 */
export const trustOf = (document: string): string => `[${document}.Statement[Effect = 'Allow'].(
  $s := $;
  $if := $sort([$keys($s.Condition).($op := $; $keys($lookup($s.Condition, $op)).($key := $;
    $lookup($lookup($s.Condition, $op), $key).($op & ' ' & $key & ' ' & $string($))))]);
  $who := $exists($s.NotPrincipal) ? 'everybody but ' & $string($s.NotPrincipal)
    : $type($s.Principal) = 'string' ? $s.Principal : $s.Principal.*;
  $who.($ & ($count($if) > 0 ? ' if ' & $join($if, ' and ') : '')))]`;
