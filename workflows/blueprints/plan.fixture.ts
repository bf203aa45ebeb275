import type { ComponentFolder } from '../artifacts.node.ts';
import { readArtifacts, readBlueprints, readComponents } from '../artifacts.node.ts';
import { digestsByComponent } from '../artifacts.ts';
import { type Blueprint, parseBlueprint, parseParameters } from './blueprint.ts';
import { componentsFor, type PlannedComponent } from './components.ts';
import { subnetsFor } from './network.ts';
import type { BlueprintContext } from './values.ts';
import { vpcOf } from './vpc-component.ts';

/** What planning knows of the example landing zone. */
export const exampleContext: BlueprintContext = {
  homeRegion: 'us-east-1',
  governedRegions: ['us-east-1', 'eu-west-1'],
  managementAccountId: '111122223333',
  auditAccountId: '333344445555',
  stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:account-vending',
  eventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/jetway',
  auditExternalId: 'jetway-o-exampleorg1',
  organizationId: 'o-exampleorg1',
  logArchiveAccountId: '222233334444',
  ownerEmail: 'ana@example.com',
  network: null,
  templateDigests: new Map(),
};

export const folders = readComponents();
export const componentsByName = new Map(folders.map(({ component }) => [component.name, component]));
export const artifacts = readArtifacts(undefined, folders);
const blueprints = new Map(readBlueprints(undefined, folders).map((one) => [one.name, one]));

export function blueprintNamed(name: string): Blueprint {
  const blueprint = blueprints.get(name);
  if (!blueprint) throw new Error(`no blueprint ${name}`);
  return blueprint;
}

/** The components as a plan would have them. */
export function plannedComponents(
  blueprint: Blueprint,
  given: Record<string, unknown>,
  templateDigests: ReadonlyMap<string, string> = digestsByComponent(artifacts),
): PlannedComponent[] {
  const read = parseParameters(blueprint, given);
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  const vpc = vpcOf(read.parameters);
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'].slice(0, vpc?.availabilityZones);
  const network = vpc && {
    vpcCidr: '10.20.4.0/22',
    subnets: subnetsFor('10.20.4.0/22', zones, vpc.tiers),
  };
  return componentsFor(blueprint, read.parameters, { ...exampleContext, network, templateDigests });
}

/** One component by itself, with parameters of its own, whatever the blueprints say of it. */
export function plannedAlone(
  { component, artifact }: ComponentFolder,
  parameters: Record<string, unknown>,
): PlannedComponent | undefined {
  const role = componentsByName.get('execution-role');
  if (!role) throw new Error('no execution role');
  const alone = [role, ...(component.name === role.name ? [] : [component])];
  const blueprint = parseBlueprint(
    {
      name: 'alone',
      title: component.title,
      description: component.description,
      version: '1.0.0',
      components: alone.map(({ name, version }) => ({ name, version, mode: 'deploy' })),
      defaults: Object.keys(component.parameters).length > 0 ? { [component.name]: parameters } : {},
    },
    new Map(alone.map((one) => [one.name, one])),
  );
  const digests = new Map([[role.name, 'sha256:role']]);
  if (artifact) digests.set(component.name, artifact.digest);
  return plannedComponents(blueprint, {}, digests).find(({ name }) => name === component.name);
}
