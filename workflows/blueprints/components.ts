import type { Blueprint } from './blueprint.ts';
import { BlueprintError } from './blueprint-error.ts';
import type { BlueprintParameters } from './parameters.ts';
import { stackParametersOf } from './stack-parameters.ts';
import type { BlueprintContext } from './values.ts';

/** ComponentPlan of the plan. */
export type PlannedComponent = {
  name: string;
  version: string;
  mode: 'deploy' | 'verify';
  region: string;
  stackName?: string;
  templateDigest?: string;
  parameters: Record<string, string>;
};

/** The stack of Config rules: a component that the guardrails bring, not the blueprint. */
export const DETECTIVE_COMPONENT = 'guardrails-detective';
const DETECTIVE_VERSION = '1.0.0';

const stackNameOf = (component: string): string => `jetway-${component}`;

/**
 * The components of a plan, in the blueprint's order. Throws BlueprintError when a template or the network is missing:
 * that is our fault, never the requester's.
 */
export function componentsFor(
  blueprint: Blueprint,
  parameters: BlueprintParameters,
  context: BlueprintContext,
): PlannedComponent[] {
  return blueprint.components.flatMap(({ component, mode }) => {
    const given = parameters[component.name];
    if (given === undefined || given === null) return [];
    return [
      {
        name: component.name,
        version: component.version,
        mode,
        region: context.homeRegion,
        ...(mode === 'deploy' ? stackOf(component.name, context.templateDigests) : {}),
        parameters: mode === 'deploy' ? stackParametersOf(component, given, context) : {},
      },
    ];
  });
}

/** The component that makes the Config rules; `parameters` come from planDetective. */
export function detectiveComponent(
  parameters: Record<string, string>,
  context: Pick<BlueprintContext, 'homeRegion' | 'templateDigests'>,
): PlannedComponent {
  return {
    name: DETECTIVE_COMPONENT,
    version: DETECTIVE_VERSION,
    mode: 'deploy',
    region: context.homeRegion,
    ...stackOf(DETECTIVE_COMPONENT, context.templateDigests),
    parameters,
  };
}

function stackOf(
  name: string,
  digests: ReadonlyMap<string, string>,
): Pick<PlannedComponent, 'stackName' | 'templateDigest'> {
  const templateDigest = digests.get(name);
  if (templateDigest === undefined) throw new BlueprintError(`there is no template for ${name}`);
  return { stackName: stackNameOf(name), templateDigest };
}
