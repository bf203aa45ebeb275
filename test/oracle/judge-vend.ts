import { deepEqual, equal } from 'node:assert/strict';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import type { Organization } from '../../workflows/embedded.fixture.ts';
import type { Mixed } from './judge.ts';
import { askIn } from './judges/ask.ts';
import { judgeChain, judgeGovernance, judgeManaged } from './judges/governance-checks.ts';
import { added, type Inventory, inventoryOf } from './judges/inventory.ts';
import { judgePath } from './judges/path.ts';
import { judgeOf } from './judges/resource-judges.ts';
import { expectedStack, judgeStack, stackNameOf } from './judges/stacks.ts';
import type { Report } from './report.ts';
import { type Blueprint, type Run, type VendedTwice, vendOn } from './vends.ts';

type Subject = {
  alone: Organization;
  mixed: Mixed;
  blueprint: Blueprint;
  plan: AccountPlan;
  /** Another member account in the same unit. */
  bystander: string;
};

/** Vends one blueprint on both and judges what has come of it. @returns the accounts, or undefined */
export async function judgeVend(report: Report, subject: Subject): Promise<VendedTwice | undefined> {
  const { alone, mixed, blueprint, plan, bystander } = subject;
  const topic = blueprint.name;
  const { managementAccountId, auditAccountId } = mixed.aws.landingZone;
  const others = [managementAccountId, auditAccountId, bystander];
  const before = others.map((id) => inventories(mixed, id));
  const reference = await vendOn(alone, plan);
  const run = await vendOn(mixed, plan);
  const isActive = report.check(topic, 'ends ACTIVE, by the same facts as on the embedded AWS', () => {
    deepEqual(
      [run.vended.outcome, run.vended.types],
      [reference.vended.outcome, reference.vended.types],
      whyOf(run),
    );
    equal(run.vended.outcome, 'ACTIVE', whyOf(run));
  });
  report.check(topic, 'every component of the blueprint was planned', () =>
    deepEqual(
      blueprint.components
        .map(({ component }) => component.name)
        // It comes with a mirror profile, which nobody asks for here: moto has no mirror sessions.
        .filter((name) => name !== 'traffic-mirroring')
        .filter((name) => !plan.components.some((c) => c.name === name)),
      [],
    ),
  );
  judgePath(report, topic, run.states, reference.states);
  if (!isActive) return undefined;
  judgeAccount(report, subject, run, reference);
  report.check(topic, 'management, audit and another member account are as they were', () =>
    deepEqual(
      others.map((id, nth) => ({ id, added: added(before[nth] ?? {}, inventories(mixed, id)) })),
      others.map((id) => ({ id, added: {} })),
    ),
  );
  await judgeResume(report, subject, run);
  return { alone: reference.accountId, mixed: run.accountId };
}

function judgeAccount(
  report: Report,
  { alone, mixed, blueprint, plan }: Subject,
  run: Run,
  reference: Run,
): void {
  const { accountId } = run;
  const topic = blueprint.name;
  const unasked = new Set<string>();
  for (const component of plan.components.filter(({ mode }) => mode === 'deploy')) {
    const ask = askIn(mixed.moto, accountId, component.region);
    const stackName = stackNameOf(mixed.aws, component, accountId);
    const expected = expectedStack(alone.aws, component, reference.accountId, accountId);
    judgeStack(report, topic, ask, { ...component, stackName }, expected);
    for (const { ResourceType: type } of expected.resources) if (!judgeOf(type)) unasked.add(type);
  }
  report.note(topic, `of these the stack alone tells: ${[...unasked].sort().join(', ')}`);
  const judged = { report, moto: mixed.moto, aws: mixed.aws, topic, plan, accountId };
  judgeManaged(judged);
  judgeChain(judged);
  judgeGovernance(judged);
}

const WRITES = /^(Create|Update|Delete)Stack/;

/** The component step once more, as a resume does it: it reads, and writes nothing. */
async function judgeResume(
  report: Report,
  { mixed, blueprint, plan }: Subject,
  { accountId }: Run,
): Promise<void> {
  const topic = blueprint.name;
  const before = inventories(mixed, accountId);
  const from = mixed.calls.length;
  const { outcome } = await mixed.vend(plan, { epoch: 1, resumeAt: 'blueprint', accountId });
  report.check(topic, 'the blueprint step once more changes nothing', () => {
    equal(outcome, 'ACTIVE');
    const calls = mixed.calls.slice(from).map(({ service, action }) => `${service}:${action}`);
    deepEqual(
      calls.filter((call) => WRITES.test(call.split(':')[1] ?? '')),
      [],
    );
    deepEqual(inventories(mixed, accountId), before);
  });
}

/** Of every governed Region, with the Region before each name. */
function inventories({ moto, aws }: Mixed, accountId: string): Inventory {
  const all: Inventory = {};
  for (const region of aws.landingZone.governedRegions) {
    for (const [kind, names] of Object.entries(inventoryOf(askIn(moto, accountId, region)))) {
      all[kind] = [...(all[kind] ?? []), ...names.map((name) => `${region} ${name}`)];
    }
  }
  return all;
}

/** Why a vend did not get through, for the reader of a failed check. */
function whyOf({ vended }: Run): string {
  const troubles = vended.facts.filter(({ type }) => type === 'AccountQuarantined').map(({ data }) => data);
  return `${vended.outcome}: ${vended.types.join(' ')} ${JSON.stringify(troubles[0] ?? '')}`;
}
