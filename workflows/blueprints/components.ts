import type { Blueprint } from './blueprint.ts';
import { BlueprintError } from './blueprint-error.ts';
import type { Component } from './component.ts';
import type { BlueprintParameters } from './parameters.ts';
import { type PlannedReadBack, plannedReadBack } from './read-back.ts';
import { stackParametersOf } from './stack-parameters.ts';
import type { BlueprintContext } from './values.ts';

/** ComponentPlan of the plan. */
export type PlannedComponent = {
  name: string;
  version: string;
  mode: 'deploy' | 'verify';
  region: string;
  /** In the home Region: a stack in the account. */
  stackName?: string;
  /** In another governed Region: an instance in this stack set. */
  stackSetName?: string;
  templateDigest?: string;
  parameters: Record<string, string>;
  readBack?: PlannedReadBack;
};

/** The stack of Config rules: a component that the guardrails bring, not the blueprint. */
export const DETECTIVE_COMPONENT = 'guardrails-detective';
const DETECTIVE_VERSION = '1.0.0';

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
    const { name, version } = component;
    if (mode === 'verify') return [{ name, version, mode, region: context.homeRegion, parameters: {} }];
    const regions = component.regions === 'governed' ? context.governedRegions : [context.homeRegion];
    const stack = { name, version, parameters: stackParametersOf(component, given, context) };
    return regions.map((region) => {
      const readBack = plannedReadBack(component.readBack, given, { region, context });
      return { ...deployedIn(region, stack, context), ...(readBack === undefined ? {} : { readBack }) };
    });
  });
}

/** Does what is deployed depend on whose account it is, besides the parameters that were given? */
export const isPersonal = ({ derive, stackParameters, readBack }: Component): boolean =>
  derive !== undefined || /context\.ownerEmail|network\./.test(JSON.stringify([stackParameters, readBack]));

/** The component that makes the Config rules, one for each governed Region; `parameters` come from planDetective. */
export const detectiveComponents = (
  parameters: Record<string, string>,
  context: Pick<BlueprintContext, 'homeRegion' | 'governedRegions' | 'templateDigests'>,
): PlannedComponent[] =>
  context.governedRegions.map((region) =>
    deployedIn(region, { name: DETECTIVE_COMPONENT, version: DETECTIVE_VERSION, parameters }, context),
  );

/**
 * At home a stack of the account. Elsewhere an instance of a stack set that all accounts share: its name says which
 * template it has, so that another template is another set and no account changes because of another's plan.
 */
function deployedIn(
  region: string,
  { name, version, parameters }: Pick<PlannedComponent, 'name' | 'version' | 'parameters'>,
  { homeRegion, templateDigests }: Pick<BlueprintContext, 'homeRegion' | 'templateDigests'>,
): PlannedComponent {
  const templateDigest = templateDigests.get(name);
  if (templateDigest === undefined) throw new BlueprintError(`there is no template for ${name}`);
  const place =
    region === homeRegion
      ? { stackName: `jetway-${name}` }
      : { stackSetName: `jetway-${name}-${templateDigest.replace('sha256:', '').slice(0, 12)}` };
  return { name, version, mode: 'deploy', region, ...place, templateDigest, parameters };
}
