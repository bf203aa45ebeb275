import type { InstanceTypes } from './instance-types.ts';

export type MirrorCatalogue = {
  /** As they lie in their files, by name: a plan that wants a wrong one is refused with what is wrong, nothing else is. */
  profiles: ReadonlyMap<string, unknown>;
  instanceTypes: InstanceTypes;
};
