import type { Store } from '../../store.ts';
import type { World } from '../../world.ts';

const SERVICE_ACCESS = 'org/service-access';

/** As Control Tower and a landing zone that shares networks leave it. */
const TRUSTED = [
  'account.amazonaws.com',
  'cloudtrail.amazonaws.com',
  'config.amazonaws.com',
  'controltower.amazonaws.com',
  'member.org.stacksets.cloudformation.amazonaws.com',
  'ram.amazonaws.com',
  'sso.amazonaws.com',
];

/** Services that may work in every account of the organization. */
export const trustedServices = (store: Store): string[] =>
  TRUSTED.filter((service) => store.get<{ on: boolean }>(SERVICE_ACCESS, service)?.on ?? true);

/** Knob: trusts a service, or no longer; for RAM that is its sharing with the organization. */
export function setTrusted({ store }: World, service: string, on: boolean): void {
  store.transaction(() => store.put(SERVICE_ACCESS, service, { on }));
}
