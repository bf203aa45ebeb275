import type { OrganizationAccount } from '../../infra/local/organization-tree.ts';
import { type ProductRecord, RECORDS } from '../../infra/local/services/service-catalog/documents.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { type SeenCall, wasCarriedOut } from './cloud.ts';
import type { Evidence } from './evidence.ts';
import type { Answer } from './http.ts';
import { FORGED_ACCOUNT } from './nature.ts';
import type { Asked } from './people.ts';
import type { SimWorld } from './world.ts';

export type Judged = {
  world: SimWorld;
  evidence: Evidence;
  asked: readonly Asked[];
  /** As an operator and auditor, over the public API. */
  read: (path: string) => Promise<Answer>;
  /** Plans the same request once more, and no more. */
  dryRun: (asked: Asked) => Promise<Answer>;
};

export type Item = {
  id: string;
  type: string;
  recordedAt: string;
  actor?: string;
  // biome-ignore lint/suspicious/noExplicitAny: facts of many kinds
  data: any;
};

/** One request with all that the service and AWS say of it. */
export type Case = {
  asked: Asked;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the API answers
  request: any;
  plan: AccountPlan;
  timeline: Item[];
  /** Every attempt to provision for it, and those that Service Catalog accepted. */
  attempts: SeenCall[];
  accepted: SeenCall[];
  accounts: OrganizationAccount[];
};

export async function casesOf({ world, asked, read }: Judged): Promise<Case[]> {
  const cases: Case[] = [];
  const provisions = world.history.calls.filter((c) => c.action === 'ProvisionProduct');
  const accounts = world.aws.world.store.values<OrganizationAccount>('org/accounts');
  for (const one of asked) {
    for (const id of one.ids) {
      const [request, plan, timeline] = [
        await read(`/v1/account-requests/${id}`),
        await read(`/v1/account-requests/${id}/plan`),
        await read(`/v1/account-requests/${id}/timeline`),
      ];
      const email = one.body.account.email;
      const attempts = provisions.filter((c) => emailIn(c) === email);
      cases.push({
        ...{ asked: one, id, request: request.body, plan: plan.body, timeline: timeline.body.items },
        attempts,
        accepted: acceptedOf(attempts),
        accounts: accounts.filter((a) => a.Email.toLowerCase() === email),
      });
    }
  }
  return cases;
}

type Parameter = { Key: string; Value: string };
const emailIn = ({ input }: SeenCall): string =>
  (input.ProvisioningParameters as Parameter[]).find((p) => p.Key === 'AccountEmail')?.Value.toLowerCase() ??
  '';

/** The same token again is the same acceptance, as Service Catalog has it. */
function acceptedOf(attempts: readonly SeenCall[]): SeenCall[] {
  const carriedOut = attempts.filter(wasCarriedOut);
  return carriedOut.filter(
    (call, i) => carriedOut.findIndex((c) => c.input.ProvisionToken === call.input.ProvisionToken) === i,
  );
}

/** What must hold whatever has happened. @returns what does not, in words that begin with the invariant's number */
export async function checkSafety(judged: Judged, cases: readonly Case[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of cases) {
    wrong.push(...onlyOnce(one), ...asFrozen(one), ...asApproved(one), ...asDecided(one));
    wrong.push(...asSaid(one), ...inOrder(one, judged.evidence));
  }
  wrong.push(...nothingShared(cases), ...nothingForbidden(judged.world));
  return wrong;
}

function* onlyOnce({ asked, id, accepted, accounts }: Case) {
  if (asked.ids.size > 1) yield `I1 ${id}: one key has the requests ${[...asked.ids].join(', ')}`;
  if (accepted.length > 1) yield `I1 ${id}: ${accepted.length} calls of ProvisionProduct were accepted`;
  if (accounts.length > 1) yield `I1 ${id}: there are ${accounts.length} accounts with its address`;
}

function* asFrozen({ id, attempts, plan, asked }: Case) {
  const { product } = plan;
  for (const { input } of attempts) {
    const same =
      input.ProvisionToken === product.provisionToken &&
      input.ProvisionedProductName === product.provisionedProductName &&
      input.ProductId === product.productId &&
      input.ProvisioningArtifactId === product.provisioningArtifactId &&
      JSON.stringify(input.ProvisioningParameters) ===
        JSON.stringify(product.parameters.map(({ key, value }) => ({ Key: key, Value: value })));
    if (!same) yield `I2 ${id}: ProvisionProduct was called with something else than the frozen plan`;
  }
  if (asked.digest !== plan.digest) yield `I2 ${id}: the plan is not the one that was acknowledged`;
}

const recordedMs = (item: Item) => Date.parse(item.recordedAt);

function* asApproved({ id, accepted, timeline, plan }: Case) {
  const [first] = accepted;
  if (first === undefined) return;
  const before = timeline.filter((f) => recordedMs(f) <= first.atMs);
  const approval = before.find((f) => f.type === 'ApprovalDecided' && f.data.decision === 'approve');
  if (!approval) yield `I4 ${id}: it was provisioned without a recorded approval`;
  else if (approval.data.planDigest !== undefined && approval.data.planDigest !== plan.digest)
    yield `I4 ${id}: another plan was approved`;
  if (!before.some((f) => f.type === 'ApprovalConfirmed')) yield `I4 ${id}: it was provisioned unconfirmed`;
  if (before.some((f) => f.type === 'RequestCancelled')) yield `I4 ${id}: it was provisioned after a cancel`;
}

function* asDecided({ asked, id, timeline, accepted, request }: Case) {
  const own = asked.requester.subject;
  for (const { type, actor } of timeline)
    if ((type === 'ApprovalDecided' || type === 'ApprovalGiven') && actor === own)
      yield `I5 ${id}: it was decided by whoever asked for it`;
  for (const { act, by, status } of asked.answers)
    if (act !== 'cancel' && by === own && status < 300)
      yield `I5 ${id}: a decision of one's own was accepted`;
  const decided = timeline.filter((f) => f.type === 'ApprovalDecided');
  if (decided.length > 1) yield `I6 ${id}: it was decided ${decided.length} times`;
  const [decision] = decided;
  for (const { act, status } of asked.answers) {
    if (act === 'cancel' || status >= 300) continue;
    if (decision?.data.decision !== act)
      yield `I6 ${id}: ${act} was accepted and ${decision?.data.decision} recorded`;
  }
  const cancelled = asked.answers.filter((a) => a.act === 'cancel' && a.status < 300);
  if (request.status === 'CANCELLED' && accepted.length > 0)
    yield `I7 ${id}: it is CANCELLED and was provisioned`;
  if (cancelled.length > 0 && accepted.length > 0)
    yield `I7 ${id}: a cancel was accepted and it was provisioned`;
  for (const { act, atMs, status } of asked.answers)
    if (act === 'cancel' && accepted[0] && atMs > accepted[0].atMs && status !== 409)
      yield `I7 ${id}: a cancel after the point of no return was answered with ${status}`;
}

/** What the service says of its end, held against AWS. */
function* asSaid({ id, request, accepted, accounts }: Case) {
  const rests = [
    'ACTIVE',
    'QUARANTINED',
    'PROVISIONING',
    'APPLYING_BLUEPRINT',
    'ATTACHING_GUARDRAILS',
    'VERIFYING',
  ];
  if (accepted.length > 0 && !rests.includes(request.status))
    yield `I10 ${id}: Service Catalog has accepted it and it is ${request.status}`;
  const [account] = accounts;
  if (request.accountId !== undefined && request.accountId !== account?.Id)
    yield `I13 ${id}: it says that its account is ${request.accountId}, AWS says ${account?.Id}`;
  if (request.accountId === FORGED_ACCOUNT) yield `I13 ${id}: a forged event was believed`;
  if (request.status === 'ACTIVE' && !account) yield `I8 ${id}: it is ACTIVE and there is no account`;
}

/** Fence first, guardrails read back, people last. */
function* inOrder({ id, plan, accounts, request }: Case, { moments }: Evidence) {
  const [account] = accounts;
  if (!account) return;
  const own = moments.filter((m) => m.accountId === account.Id);
  const lifted = own.find((m) => m.what === 'fence-lifted');
  for (const { what, fenced, call, atMs } of own) {
    if (what === 'worked-inside' && !fenced && (lifted === undefined || atMs < lifted.atMs))
      yield `I9 ${id}: ${call} inside the account while nothing denies`;
    if (what === 'let-in' && (lifted === undefined || atMs < lifted.atMs))
      yield `I9 ${id}: people were let in before the account was ACTIVE`;
  }
  if (lifted === undefined) {
    if (request.status === 'ACTIVE') yield `I9 ${id}: it is ACTIVE and its fence was never lifted`;
    return;
  }
  for (const { policyName } of plan.guardrails.preventive)
    if (!lifted.attached.includes(policyName)) yield `I8 ${id}: the fence was lifted without ${policyName}`;
  if (!lifted.readBack) yield `I8 ${id}: the fence was lifted and the policies were not read back`;
  for (const { stackName, mode } of plan.components)
    if (mode === 'deploy' && stackName !== undefined && !isComplete(lifted.stacks, stackName))
      yield `I8 ${id}: the fence was lifted without the stack ${stackName}`;
}

const isComplete = (stacks: readonly string[], name: string) =>
  stacks.some((s) => s === `${name} CREATE_COMPLETE` || s === `${name} UPDATE_COMPLETE`);

function* nothingShared(cases: readonly Case[]) {
  const seen = new Map<string, string>();
  for (const { id, plan, accounts } of cases) {
    const { product, account } = plan;
    const own = [product.provisionToken, product.provisionedProductName, account.email.toLowerCase()];
    for (const value of [...own, ...accounts.map((a) => a.Id)]) {
      const other = seen.get(value);
      if (other !== undefined && other !== id) yield `I3 ${id} and ${other} share ${value}`;
      seen.set(value, id);
    }
  }
}

const NEVER = ['CloseAccount', 'TerminateProvisionedProduct', 'RemoveAccountFromOrganization'];

function* nothingForbidden({ history, aws }: SimWorld) {
  for (const { action, service } of history.calls)
    if (NEVER.includes(action)) yield `I20 ${service}:${action} was called`;
  for (const { errors } of aws.world.store.values<ProductRecord>(RECORDS))
    for (const { Description } of errors)
      if (Description.includes('concurrent account operations is exceeded'))
        yield `I16 Control Tower: ${Description}`;
}
