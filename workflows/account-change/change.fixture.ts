import type { AccountChangePlan } from '../../services/account-changes/account-change.schema.ts';
import { requestWith } from '../../services/requests/request.fixture.ts';
import { ACCOUNT_ID, type Args, page, raise } from '../account-vending/answers.fixture.ts';
import { examplePlan } from '../account-vending/plan.fixture.ts';
import { vendingWorld } from '../account-vending/world.fixture.ts';
import { type AskAnswer, type Script, type Walked, walk } from '../walk.fixture.ts';
import { accountChange } from './definition.ts';
import { AccountChangeInput } from './input.schema.ts';

const { digest: _, ...target } = examplePlan;
export const OLD_SET = 'jetway-event-forwarding-000000000000';
const DETECTIVE_SET = 'jetway-guardrails-detective-444444444444';
const quiet = { replaces: [], removes: [] };

/** Every kind of work at once. */
export const changePlan: AccountChangePlan = {
  digest: `sha256:${'c'.repeat(64)}`,
  kind: 'account-change',
  requestId: 'req-018e0000-0000-7000-8000-000000000002',
  accountId: ACCOUNT_ID,
  from: { requestId: target.requestId, planDigest: examplePlan.digest },
  wanted: requestWith(),
  target,
  work: {
    changed: [
      { name: 'execution-role', stackName: 'jetway-execution-role', announced: quiet },
      { name: 'vpc', stackName: 'jetway-vpc', announced: { replaces: ['Endpoint'], removes: ['Nat'] } },
      { name: 'guardrails-detective', stackName: 'jetway-guardrails-detective', announced: quiet },
    ],
    created: ['audit-roles'],
    removed: [{ name: 'budget', stackName: 'jetway-budget' }],
    instancesChanged: [{ name: 'guardrails-detective', stackSetName: DETECTIVE_SET, region: 'eu-west-1' }],
    instancesRemoved: [
      { name: 'event-forwarding', stackSetName: OLD_SET, regions: ['eu-central-1', 'eu-west-1'] },
    ],
    detached: [{ policyName: 'jetway-guardrails-old', controls: ['AWS-GR_OLD'] }],
  },
  summary: ['vpc in us-east-1: changed (version 1.0.0 → 1.1.0).'],
  controls: { gained: [], lost: ['AWS-GR_OLD'] },
  approvals: target.approvals,
  snapshot: target.snapshot,
  warnings: [],
};

export type Change = {
  LogicalResourceId: string;
  ResourceType: string;
  Action: string;
  Replacement?: string;
  Details: object[];
};
type ChangeSet = {
  stack: string;
  tags: never;
  parameters: Parameters;
  reads: number;
  status: string;
  reason?: string;
};
type Parameters = { ParameterKey: string; ParameterValue: string }[];

export const modified = (id: string, replacement = 'False', details: object[] = []): Change => ({
  LogicalResourceId: id,
  ResourceType: 'AWS::Some::Type',
  Action: 'Modify',
  Replacement: replacement,
  Details: details,
});

const digestTag = (digit: string) => [{ Key: 'jetway:template-digest', Value: `sha256:${digit.repeat(64)}` }];

/** The account as it was made, with what a change needs of CloudFormation. */
export function changeWorld() {
  const vending = vendingWorld(examplePlan);
  const { state } = vending;
  vending.createAccount();
  /** As planned, but for the template, when that is another one. */
  const stack = (name: string, digit: string) => {
    const StackName = `jetway-${name}`;
    const StackId = `arn:aws:cloudformation:us-east-1:${ACCOUNT_ID}:stack/${StackName}/1`;
    const planned = target.components.find((one) => one.name === name && one.stackName === StackName);
    state.stacks.set(StackName, {
      StackId,
      StackName,
      StackStatus: 'CREATE_COMPLETE',
      Tags: digestTag(digit),
      Parameters: Object.entries(planned?.parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Outputs: state.outputs.get(StackName) ?? [],
    });
  };
  stack('execution-role', '9');
  stack('vpc', '2');
  state.stacks.get('jetway-vpc')!.Parameters = [{ ParameterKey: 'Cidr', ParameterValue: '10.0.0.0/16' }];
  stack('event-forwarding', '5');
  stack('guardrails-detective', '9');
  stack('budget', '7');
  const current = { status: 'CURRENT', detailed: 'SUCCEEDED', reason: '' };
  state.sets.sets.set(DETECTIVE_SET, {
    digest: `sha256:${'4'.repeat(64)}`,
    status: 'ACTIVE',
    permissions: 'SERVICE_MANAGED',
  });
  state.sets.instances.set(DETECTIVE_SET, [{ region: 'eu-west-1', ...current }]);
  state.sets.instances.set(OLD_SET, [
    { region: 'eu-central-1', ...current },
    { region: 'eu-west-1', ...current },
  ]);
  state.policies.push({ Id: 'p-old0000000', Name: 'jetway-guardrails-old' });
  state.attached.push('p-old0000000');

  const sets = new Map<string, ChangeSet>();
  /** What CloudFormation would do, by stack; one harmless change for any other. */
  const changes = new Map<string, Change[]>();
  const vendingCalls = vending.calls as unknown as Record<string, (args: Args) => unknown>;
  const keyOf = ({ StackName, ChangeSetName }: Args) => `${StackName}/${ChangeSetName}`;
  const setOf = (args: Args): ChangeSet =>
    sets.get(keyOf(args)) ??
    (raise('CloudFormation.ChangeSetNotFoundException', 'ChangeSet does not exist') as never);
  const calls: Record<string, (args: Args) => unknown> = {
    ...vendingCalls,
    'cloudformation:createChangeSet': (args) => {
      if (sets.has(keyOf(args))) raise('CloudFormation.AlreadyExistsException', 'ChangeSet already exists');
      sets.set(keyOf(args), {
        stack: String(args.StackName),
        tags: args.Tags as never,
        parameters: args.Parameters as Parameters,
        reads: 0,
        status: 'CREATE_COMPLETE',
      });
      return { Id: keyOf(args) };
    },
    'cloudformation:describeChangeSet': (args) => {
      const set = setOf(args);
      set.reads += 1;
      if (set.reads === 1) return { Status: 'CREATE_PENDING' };
      const { items, next } = page(changes.get(set.stack) ?? [modified('Thing')], args.NextToken);
      return {
        Status: set.status,
        ...(set.reason === undefined ? {} : { StatusReason: set.reason }),
        Changes: items.map((ResourceChange) => ({ Type: 'Resource', ResourceChange })),
        ...next,
      };
    },
    'cloudformation:deleteChangeSet': (args) => {
      sets.delete(keyOf(args));
      return {};
    },
    'cloudformation:executeChangeSet': (args) => {
      const { stack: name, tags, parameters: given } = setOf(args);
      const before = state.stacks.get(name);
      if (!before) throw new Error(`no stack ${name}`);
      state.stacks.set(name, {
        ...before,
        ...(state.failing.has(name) ? {} : { Tags: tags, Parameters: given }),
        StackStatus: 'UPDATE_IN_PROGRESS',
      });
      return {};
    },
  };
  return { state, calls, sets, changes, stack };
}
export type ChangeWorld = ReturnType<typeof changeWorld>;

/** One way through the machine. */
export type Walk = {
  name: string;
  work?: Partial<AccountChangePlan['work']>;
  arrange?: (world: ChangeWorld) => void;
  script?: Script;
  asks?: Record<string, readonly AskAnswer[]>;
  facts: readonly string[];
  ends: 'ACTIVE' | 'QUARANTINED' | 'NOTHING_CHANGED';
  check?: (walked: Walked, world: ChangeWorld) => void;
};

/** Runs one walk. */
export async function change(one: Walk): Promise<{ walked: Walked; world: ChangeWorld }> {
  const world = changeWorld();
  one.arrange?.(world);
  const plan = { ...changePlan, work: { ...changePlan.work, ...one.work } };
  const walked = await walk({
    name: 'account-change',
    definition: accountChange,
    executionName: plan.requestId,
    input: AccountChangeInput.parse({ requestId: plan.requestId, planDigest: plan.digest, plan }),
    world: (action, args) => {
      const call = world.calls[action];
      if (!call) throw new Error(`the world has no ${action}`);
      return call(args);
    },
    ...(one.script ? { script: one.script } : {}),
    asks: {
      approval: [{ outcome: 'approved' }],
      'confirm-approval': [{ outcome: 'confirmed' }],
      repair: [{ outcome: 'resume', by: 'olga' }, 'silence'],
      ...one.asks,
    },
  });
  return { walked, world };
}
