import type { Store } from '../../store.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { ACCOUNTS, isParent, POLICIES, TAGS } from './tree.ts';

export type Tag = { Key: string; Value: string };

export const tagsOf = (store: Store, id: string): Tag[] => store.get<Tag[]>(TAGS, id) ?? [];

/** Adds tags, or changes those of the same key; inside a store transaction. */
export function saveTags(store: Store, id: string, tags: Tag[]): void {
  const all = new Map([...tagsOf(store, id), ...tags].map((tag) => [tag.Key, tag]));
  if (all.size > 50) {
    throw new AwsError(
      'ConstraintViolationException',
      'MAX_TAG_LIMIT_EXCEEDED: a resource has at most 50 tags.',
    );
  }
  store.put(TAGS, id, [...all.values()]);
}

export function tagOperations(
  world: World,
  audit: (eventName: string, caller: Caller, parameters: Record<string, unknown>) => void,
): Record<string, Operation> {
  const { store } = world;
  const requireResource = (id: string) => {
    if (isParent(world, id) || store.get(ACCOUNTS, id) || store.get(POLICIES, id)) return;
    throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
  };
  return {
    TagResource(input: { ResourceId: string; Tags: Tag[] }, caller: Caller) {
      requireResource(input.ResourceId);
      saveTags(store, input.ResourceId, input.Tags);
      audit('TagResource', caller, { resourceId: input.ResourceId });
    },
    UntagResource(input: { ResourceId: string; TagKeys: string[] }, caller: Caller) {
      requireResource(input.ResourceId);
      const kept = tagsOf(store, input.ResourceId).filter((tag) => !input.TagKeys.includes(tag.Key));
      store.put(TAGS, input.ResourceId, kept);
      audit('UntagResource', caller, { resourceId: input.ResourceId });
    },
    ListTagsForResource(input: { ResourceId: string }) {
      requireResource(input.ResourceId);
      return { Tags: tagsOf(store, input.ResourceId) };
    },
  };
}
