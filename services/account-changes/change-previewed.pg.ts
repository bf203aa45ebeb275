import { z } from 'zod';
import type { Orm } from '../../db/client.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';

/** What CloudFormation said it would do, stack by stack, before anybody was asked. */
const Previewed = z.object({
  stacks: z.array(z.object({ stackName: z.string(), changes: z.array(z.string()) })),
});
export type PreviewedStack = z.infer<typeof Previewed>['stacks'][number];

/** Of the newest preview of a change; empty before the first. */
export async function previewedStacks(orm: Orm, requestId: string): Promise<PreviewedStack[]> {
  const newest = (await factsOfRequests(orm, [requestId]))
    .filter((fact) => fact.type === 'ChangePreviewed')
    .sort((a, b) => a.version - b.version)
    .at(-1);
  return Previewed.safeParse(newest?.data).data?.stacks ?? [];
}
