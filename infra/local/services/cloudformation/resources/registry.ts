import type { TypeFacts } from '../template/order.ts';
import { customResource, FUNCTION_TYPES, isCustomResource } from './functions.ts';
import { GOVERNANCE_TYPES } from './governance.ts';
import { IDENTITY_TYPES } from './identity.ts';
import { MESSAGING_TYPES } from './messaging.ts';
import { NETWORK_TYPES } from './network.ts';
import { NETWORK_SECURITY_TYPES } from './network-security.ts';
import { RECORDING_TYPES } from './recording.ts';
import type { ResourceType } from './resource-type.ts';
import { STORAGE_TYPES } from './storage.ts';

const TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    ...NETWORK_TYPES,
    ...NETWORK_SECURITY_TYPES,
    ...IDENTITY_TYPES,
    ...STORAGE_TYPES,
    ...GOVERNANCE_TYPES,
    ...FUNCTION_TYPES,
    ...MESSAGING_TYPES,
    ...RECORDING_TYPES,
  ].map((type) => [type.type, type]),
);

/** The resource types of the embedded CloudFormation, for the checks of a template. */
export const typeFacts: TypeFacts = {
  knows: (type) => find(type) !== undefined,
  attributes: (type) => find(type)?.attributes ?? [],
};

/** @throws Error when the template was not checked before */
export function resourceType(type: string): ResourceType {
  const found = find(type);
  if (!found) throw new Error(`cloudformation: no resource type ${type}`);
  return found;
}

const find = (type: string): ResourceType | undefined =>
  isCustomResource(type) ? customResource(type) : TYPES.get(type);
