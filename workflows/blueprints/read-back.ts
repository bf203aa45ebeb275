import { z } from 'zod';
import { type ParameterValue, textOf } from './parameter-types.ts';
import { filled, type Place, unknownPlaceholders } from './placeholders.ts';
import { type PlannedRole, plannedRoles, TrustedRole } from './role-trust.ts';

/** What the workflow looks at once more before the account is ACTIVE, besides the stack itself. */
export const ReadBack = z.strictObject({
  roles: z.array(TrustedRole).default([]),
  /** What outputs of the stack have to say, to the letter. */
  outputs: z.record(z.string().regex(/^[A-Za-z0-9]{1,255}$/), z.string().min(1)).default({}),
});
export type ReadBack = z.output<typeof ReadBack>;

/** As the plan has it: only what there is. */
export type PlannedReadBack = { roles?: PlannedRole[]; outputs?: Record<string, string> };

const parameterNames = (parameters: object): string[] =>
  Object.keys(parameters).map((name) => `parameters.${name}`);

/** What `${…}` in a folder's declarations nobody knows. */
export function unknownInReadBack({ roles, outputs }: ReadBack, parameters: object): string[] {
  const nobody = (where: string, names: string[]) =>
    names.map((name) => `/readBack/${where}: nobody knows the value ${name}`);
  return [
    ...roles.flatMap((role, i) => nobody(`roles/${i}`, unknownPlaceholders(JSON.stringify(role)))),
    ...Object.entries(outputs).flatMap(([name, value]) =>
      nobody(`outputs/${name}`, unknownPlaceholders(value, parameterNames(parameters))),
    ),
  ];
}

/**
 * What is to be read back of the component's stack in this Region. Outputs only at home: of a stack-set instance nobody
 * outside its Region can read them. An output whose value the plan lacks is not read back.
 */
export function plannedReadBack(
  { roles, outputs }: ReadBack,
  given: Readonly<Record<string, ParameterValue>>,
  place: Place,
): PlannedReadBack | undefined {
  const own = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [`parameters.${name}`, textOf(value)]),
  );
  const planned = {
    roles: plannedRoles(roles, place),
    outputs: Object.entries(place.region === place.context.homeRegion ? outputs : {}).flatMap(
      ([name, value]) => {
        const text = filled(value, place, own);
        return text === undefined ? [] : [[name, text] as const];
      },
    ),
  };
  if (planned.roles.length + planned.outputs.length === 0) return undefined;
  return {
    ...(planned.roles.length > 0 ? { roles: planned.roles } : {}),
    ...(planned.outputs.length > 0 ? { outputs: Object.fromEntries(planned.outputs) } : {}),
  };
}
