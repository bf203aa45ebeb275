import type { OrganizationSnapshot } from './snapshot.schema.ts';

type Known = Pick<OrganizationSnapshot, 'homeRegion' | 'controlArns'>;

/** The oldest controls; all others have ARNs that say nothing, which only Control Catalog tells. */
export const goesByName = (id: string): boolean => id.startsWith('AWS-GR_');

/** What Control Tower calls a control; undefined for one that its catalogue does not have. */
export const controlIdentifier = (id: string, { homeRegion, controlArns }: Known): string | undefined =>
  goesByName(id) ? `arn:aws:controltower:${homeRegion}::control/${id}` : controlArns?.[id];

/** Those of the controls that do not go by their name, for who finds them in a list of Control Tower. */
export const identifiersOf = (
  ids: readonly string[],
  known: Known,
): { control: string; identifier: string }[] =>
  ids.flatMap((control) => {
    const identifier = goesByName(control) ? undefined : controlIdentifier(control, known);
    return identifier === undefined ? [] : [{ control, identifier }];
  });

/** Why a control cannot be switched on a unit here: nobody knows what to call it. */
export const notInCatalogue = (id: string): string =>
  `${id} is not in the Control Catalog of this organization, so that there is no ARN to call it by; look for it in the Control Tower console (Controls)`;
