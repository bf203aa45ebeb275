import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../world.ts';
import { getResource } from '../account-resources.ts';
import type { Stack } from './stacks.ts';

/** One property that is not as the template wants it. Values as AWS shows them: text, `null` for nothing. */
export type PropertyDifference = {
  PropertyPath: string;
  ExpectedValue: string;
  ActualValue: string;
  DifferenceType: 'ADD' | 'REMOVE' | 'NOT_EQUAL';
};

export type ResourceDrift = {
  LogicalResourceId: string;
  PhysicalResourceId: string;
  ResourceType: string;
  ExpectedProperties: string;
  ActualProperties?: string;
  PropertyDifferences: PropertyDifference[];
  StackResourceDriftStatus: 'IN_SYNC' | 'MODIFIED' | 'DELETED';
};

/** Every resource of the stack beside what the account has now. */
export function compareStack(world: World, stack: Stack): ResourceDrift[] {
  return Object.entries(stack.resources).flatMap(
    ([LogicalResourceId, { type, id, properties }]): ResourceDrift[] => {
      if (id === undefined) return [];
      const found = getResource(world.store, stack.accountId, stack.region, type, id);
      const known = {
        LogicalResourceId,
        PhysicalResourceId: id,
        ResourceType: type,
        ExpectedProperties: JSON.stringify(properties),
      };
      if (!found) return [{ ...known, PropertyDifferences: [], StackResourceDriftStatus: 'DELETED' }];
      const actual = onlyExpected(properties, found.properties);
      const PropertyDifferences = differences(properties, actual, '');
      const status = PropertyDifferences.length === 0 ? 'IN_SYNC' : 'MODIFIED';
      return [
        {
          ...known,
          ActualProperties: JSON.stringify(actual),
          PropertyDifferences,
          StackResourceDriftStatus: status,
        },
      ];
    },
  );
}

type Properties = Readonly<Record<string, unknown>>;

/** A property that the template does not set is the account's to choose: CloudFormation never looks at it. */
const onlyExpected = (expected: Properties, actual: Properties): Properties =>
  Object.fromEntries(Object.entries(actual).filter(([name]) => Object.hasOwn(expected, name)));

/** @param path JSON pointer of what is compared */
export function differences(expected: unknown, actual: unknown, path: string): PropertyDifference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  const both = Array.isArray(expected) === Array.isArray(actual) && isTree(expected) && isTree(actual);
  if (both) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].flatMap((name) => differences(expected[name], actual[name], `${path}/${name}`));
  }
  const DifferenceType = expected === undefined ? 'ADD' : actual === undefined ? 'REMOVE' : 'NOT_EQUAL';
  return [{ PropertyPath: path, ExpectedValue: shown(expected), ActualValue: shown(actual), DifferenceType }];
}

/** An array is a tree too: its members are named by their place. */
const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const shown = (value: unknown): string =>
  value === undefined ? 'null' : typeof value === 'string' ? value : JSON.stringify(value);
