import { QUARANTINE_ID } from '../../infra/local/landing-zone.ts';
import { policyChain } from '../../infra/local/organization-tree.ts';
import { type SeenCall, wasCarriedOut } from './cloud.ts';
import type { SimWorld } from './world.ts';

/** How an account stood in AWS at a moment that matters: written down from AWS's own memory. */
export type Moment = {
  atMs: number;
  what: 'fence-lifted' | 'let-in' | 'worked-inside';
  accountId: string;
  call: string;
  /** Names of the policies attached to the account itself. */
  attached: string[];
  fenced: boolean;
  /** `name status` of its stacks. */
  stacks: string[];
  /** Whether the lists of its policies and of its compliance were read after the last change of them. */
  readBack: boolean;
};

export type Evidence = { moments: Moment[] };

type StoredStack = { name: string; status: string };

/** What builds inside an account. */
const WORK = ['CreateStack', 'UpdateStack', 'ExecuteChangeSet', 'CreateRole'];

export function gatherEvidence({ aws, history, clock }: SimWorld): Evidence {
  const moments: Moment[] = [];
  const { store, landingZone } = aws.world;
  const core = [landingZone.managementAccountId, landingZone.auditAccountId, landingZone.logArchiveAccountId];
  const changedAt = new Map<string, number>();
  const readAt = new Map<string, number>();
  let calls = 0;

  const note = (what: Moment['what'], accountId: string, { action }: SeenCall) => {
    const chain = policyChain(store, accountId);
    const own = chain.at(-1)?.policies ?? [];
    moments.push({
      ...{ what, accountId, call: action, atMs: clock.now() },
      attached: own.map(({ name }) => name),
      // Directly under the root the root's own fence denies; below it only the quarantine does.
      fenced: own.some(({ id }) => id === QUARANTINE_ID) || chain.length === 2,
      stacks: store
        .entries<StoredStack>(`cloudformation/stacks/${accountId}/${landingZone.homeRegion}`)
        .map(([, { name, status }]) => `${name} ${status}`),
      readBack: (readAt.get(accountId) ?? 0) > (changedAt.get(accountId) ?? 0),
    });
  };
  history.onCall.push((seen) => {
    calls += 1;
    const { service, action, input, accountId } = seen;
    if (!wasCarriedOut(seen)) return;
    if (service === 'organizations') {
      const target = String(input?.TargetId ?? '');
      if (action === 'AttachPolicy' && input.PolicyId !== QUARANTINE_ID) changedAt.set(target, calls);
      if (action === 'ListPoliciesForTarget' && seen.refused === undefined) readAt.set(target, calls);
      if (action === 'DetachPolicy' && input.PolicyId === QUARANTINE_ID) note('fence-lifted', target, seen);
    }
    if (service === 'sso-admin' && action === 'CreateAccountAssignment')
      note('let-in', String(input.TargetId), seen);
    if (WORK.includes(action) && !core.includes(accountId)) note('worked-inside', accountId, seen);
  });
  return { moments };
}
