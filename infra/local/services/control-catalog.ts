import { page } from '../paging.ts';
import type { ServiceModule, World } from '../world.ts';
import { behaviorOf, CATALOG_CONTROLS } from './control-tower/controls.ts';
import { catalogArn } from './control-tower/state.ts';
import { managementOnly } from './organizations/tree.ts';

const PAGE = 100;

/** AWS Control Catalog: every control by its global ARN, which says nothing; what people call it is an alias. */
export function controlCatalogService(world: World): ServiceModule {
  const operations = {
    ListControls(input: { NextToken?: string; MaxResults?: number }) {
      const { items, nextToken } = page(CATALOG_CONTROLS, input.NextToken, input.MaxResults ?? PAGE);
      return {
        Controls: items.map((id) => ({
          Arn: catalogArn(id),
          Aliases: [id],
          Name: id,
          Description: `The control ${id}`,
          Behavior: behaviorOf(id),
        })),
        NextToken: nextToken,
      };
    },
  };
  return { shape: 'controlcatalog', operations: managementOnly(world, operations) };
}
