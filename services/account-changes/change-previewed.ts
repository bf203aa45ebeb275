import { z } from 'zod';
import type { Fact } from '../ledger/fact.ts';

/** What CloudFormation said it would do, stack by stack, before anybody was asked. */
const Previewed = z.object({
  stacks: z.array(z.object({ stackName: z.string(), changes: z.array(z.string()) })),
});
export type PreviewedStack = z.infer<typeof Previewed>['stacks'][number];

/** The newest preview among the facts of a change; empty before the first. */
export function previewedIn(facts: readonly Pick<Fact, 'type' | 'version' | 'data'>[]): PreviewedStack[] {
  const newest = facts
    .filter((fact) => fact.type === 'ChangePreviewed')
    .sort((a, b) => a.version - b.version)
    .at(-1);
  return Previewed.safeParse(newest?.data).data?.stacks ?? [];
}
