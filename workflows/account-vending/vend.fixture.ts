import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { type AskAnswer, type Script, type Walked, walk } from '../walk.fixture.ts';
import { accountVending } from './definition.ts';
import { AccountVendingInput, type VendStep } from './input.schema.ts';
import { examplePlan } from './plan.fixture.ts';
import { vendingWorld } from './world.fixture.ts';

export type World = ReturnType<typeof vendingWorld>;

/** One way through the machine. */
export type Walk = {
  name: string;
  plan?: Partial<AccountPlan>;
  /** Of a later execution of the same request. */
  later?: { epoch?: number; resumeAt?: VendStep; accountId?: string };
  /** What is different about the world from the start. */
  arrange?: (world: World) => void;
  script?: (world: World) => Script;
  asks?: Record<string, readonly AskAnswer[]>;
  /** Types of the facts, in order. */
  facts: readonly string[];
  /** How the execution ends. */
  ends: 'ACTIVE' | 'QUARANTINED' | 'NOTHING_MADE' | 'FAILED';
  check?: (walked: Walked, world: World) => void;
};

const SMOOTH_ASKS: Record<string, readonly AskAnswer[]> = {
  approval: [{ outcome: 'approved' }],
  admission: [{ outcome: 'admitted' }],
  'confirm-approval': [{ outcome: 'confirmed' }],
  'account-event': [{ outcome: 'woken' }],
  repair: [{ outcome: 'resume', by: 'olga' }, 'silence'],
};

export const SMOOTH_FACTS = [
  'ProvisioningStarted',
  'AccountProvisioned',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountVended',
  'AccessAssigned',
] as const;

/** Facts of a vend that fails before `missing` is said, is repaired, and says everything from `again` on. */
export const repairedBefore = (
  missing: (typeof SMOOTH_FACTS)[number],
  again: (typeof SMOOTH_FACTS)[number] = missing,
): string[] => [
  ...SMOOTH_FACTS.slice(0, SMOOTH_FACTS.indexOf(missing)),
  'AccountQuarantined',
  'VendResumed',
  ...SMOOTH_FACTS.slice(SMOOTH_FACTS.indexOf(again)),
];

/** Data of the nth fact of a type, the first by default. */
export const factData = (walked: Walked, type: string, nth = 0): Record<string, unknown> => {
  const found = walked.facts.filter((fact) => fact.type === type)[nth];
  if (!found) throw new Error(`no ${type} was said`);
  return found.data;
};

export const callsOf = (walked: Walked, action: string) =>
  walked.calls.filter((call) => call.action === action);

/** Runs one walk. */
export async function vend(one: Walk): Promise<{ walked: Walked; world: World }> {
  const plan = { ...examplePlan, ...one.plan };
  const world = vendingWorld(plan);
  one.arrange?.(world);
  const walked = await walk({
    name: 'account-vending',
    definition: accountVending,
    executionName: plan.requestId,
    input: AccountVendingInput.parse({
      requestId: plan.requestId,
      planDigest: plan.digest,
      plan,
      ...one.later,
    }),
    world: (action, args) => {
      const call = (world.calls as Record<string, (given: never) => unknown>)[action];
      if (!call) throw new Error(`the world has no ${action}`);
      return call(args);
    },
    ...(one.script ? { script: one.script(world) } : {}),
    asks: { ...SMOOTH_ASKS, ...one.asks },
  });
  return { walked, world };
}
