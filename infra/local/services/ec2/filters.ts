import { AwsError } from '../../world.ts';

export type Tag = { Key?: string; Value?: string };
export type Filters = { Name?: string; Values?: string[] }[] | undefined;
export type TagSpecifications = { ResourceType?: string; Tags?: Tag[] }[] | undefined;

export const tagsOf = (given: TagSpecifications): Tag[] => (given ?? []).flatMap(({ Tags }) => Tags ?? []);

/**
 * Whether a thing passes the filters of a list: every filter, by any of its values; `tag:<key>` for tags.
 * @param read the filters that the embedded AWS knows for this list. @throws AwsError for another one
 */
export function passes(
  filters: Filters,
  tags: readonly Tag[],
  read: Readonly<Record<string, string | undefined>>,
): boolean {
  return (filters ?? []).every(({ Name = '', Values = [] }) => {
    if (Name.startsWith('tag:')) {
      return tags.some(({ Key, Value }) => Key === Name.slice(4) && Values.includes(Value ?? ''));
    }
    if (Name === 'tag-key') return tags.some(({ Key = '' }) => Values.includes(Key));
    if (!Object.hasOwn(read, Name))
      throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`);
    return Values.includes(read[Name] ?? '');
  });
}
