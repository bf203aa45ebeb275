import { expect } from 'vitest';
import { answer, loseReply, refuse, type Scripted, times } from '../../walk.fixture.ts';
import type { Stack } from '../member.fixture.ts';
import { plannedParameters } from '../plan.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

/** The three uses of the same states: which stack, in which step, and what is said after it. */
const USES = [
  { label: 'role', stack: 'jetway-execution-role', digit: '1', step: 'blueprint', says: 'BlueprintApplied' },
  { label: 'blueprint', stack: 'jetway-vpc', digit: '2', step: 'blueprint', says: 'BlueprintApplied' },
  {
    label: 'guardrails',
    stack: 'jetway-guardrails-detective',
    digit: '4',
    step: 'guardrails',
    says: 'GuardrailsAttached',
  },
] as const;
type Use = (typeof USES)[number];

/** Scripts calls about one stack only. */
const about =
  ({ stack }: Use, scripted: readonly Scripted[]) =>
  (world: World, action: string): void => {
    const calls = world.calls as unknown as Record<string, (args: { StackName: string }) => unknown>;
    const real = calls[action];
    const list = [...scripted];
    calls[action] = (args) => {
      const next = args.StackName === stack ? list.shift() : undefined;
      return next ? next(() => real?.(args)) : real?.(args);
    };
  };

type Left = { digest?: string; parameters?: Stack['Parameters'] };

const left =
  (
    { stack, digit }: Use,
    status: string,
    { digest = `sha256:${digit.repeat(64)}`, parameters: Parameters = plannedParameters(stack) }: Left = {},
  ) =>
  (world: World): void => {
    world.state.stacks.set(stack, {
      StackId: `arn:aws:cloudformation:us-east-1:444455556666:stack/${stack}/0`,
      StackName: stack,
      StackStatus: status,
      Tags: [{ Key: 'jetway:template-digest', Value: digest }],
      Parameters,
      Outputs: world.state.outputs.get(stack) ?? [],
    });
  };

const OLD = `sha256:${'0'.repeat(64)}`;
const THROTTLED = refuse('CloudFormation.CloudFormationException', 'Rate exceeded (Error Code: Throttling)');

const written = (walked: Parameters<NonNullable<Walk['check']>>[0], { stack }: Use): string[] =>
  walked.calls
    .filter(({ arguments: args }) => (args as { StackName?: string }).StackName === stack)
    .map(({ action }) => action.replace('cloudformation:', ''))
    .filter((action) => !action.startsWith('describe'));

const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});

const found = (use: Use): Walk[] => [
  smooth(`${use.label}: the stack is there with this template`, {
    arrange: left(use, 'UPDATE_COMPLETE'),
    check: (walked) => expect(written(walked, use)).toEqual([]),
  }),
  smooth(`${use.label}: the stack is there with an older template`, {
    arrange: left(use, 'CREATE_COMPLETE', { digest: OLD }),
    check: (walked) => expect(written(walked, use)).toEqual(['updateStack']),
  }),
  smooth(`${use.label}: the stack is there with this template, some parameters secret`, {
    arrange: left(use, 'CREATE_COMPLETE', { parameters: plannedParameters(use.stack, true) }),
    check: (walked) => expect(written(walked, use)).toEqual([]),
  }),
  smooth(`${use.label}: a stack that could not be made is in the way`, {
    arrange: left(use, 'ROLLBACK_COMPLETE'),
    check: (walked) => expect(written(walked, use)).toEqual(['deleteStack', 'createStack']),
  }),
  smooth(`${use.label}: another run is making the stack`, {
    arrange: left(use, 'CREATE_IN_PROGRESS'),
    check: (walked) => expect(written(walked, use)).toEqual([]),
  }),
  smooth(`${use.label}: a deleted stack is shown once more`, {
    arrange: (world) =>
      about(use, [answer({ Stacks: [{ StackId: 'x', StackStatus: 'DELETE_COMPLETE', Tags: [] }] })])(
        world,
        'cloudformation:describeStacks',
      ),
    check: (walked) => expect(written(walked, use)).toEqual(['createStack']),
  }),
  smooth(`${use.label}: the role cannot be assumed at once, then reading is throttled`, {
    arrange: (world) =>
      about(use, [refuse('States.TaskFailed', 'not authorized to assume the role'), THROTTLED])(
        world,
        'cloudformation:describeStacks',
      ),
  }),
];

const unclear = (use: Use): Walk[] => [
  smooth(`${use.label}: the answer to the creation is lost`, {
    arrange: (world) =>
      about(use, [loseReply('CloudFormation.SdkClientException')])(world, 'cloudformation:createStack'),
    check: (walked) => expect(written(walked, use)).toEqual(['createStack']),
  }),
  smooth(`${use.label}: nothing was to be updated`, {
    arrange: (world) => {
      left(use, 'CREATE_COMPLETE', { digest: OLD })(world);
      about(use, [
        (real) => {
          left(use, 'CREATE_COMPLETE')(world);
          void real;
          return refuse('CloudFormation.CloudFormationException', 'No updates are to be performed.')(real);
        },
      ])(world, 'cloudformation:updateStack');
    },
  }),
];

/** A walk in which the stack fails, is mended, and the vend goes on. */
const repaired = (use: Use, name: string, rest: Partial<Walk>, cause: string): Walk => ({
  name: `${use.label}: ${name}`,
  facts: repairedBefore(use.says),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    const quarantined = factData(walked, 'AccountQuarantined');
    expect(quarantined).toMatchObject({ step: use.step, error: 'StackFailed', fenced: true });
    expect(quarantined.cause).toContain(cause);
    rest.check?.(walked, world);
  },
});

/** The stack fails until the account is in quarantine. */
const mended = ({ stack }: Use) => ({
  arrange: (world: World) => void world.state.failing.add(stack),
  script: (world: World) => ({
    'fact:AccountQuarantined': [
      (real: () => unknown) => {
        world.state.failing.clear();
        return real();
      },
    ],
  }),
});

const failing = (use: Use): Walk[] => [
  repaired(
    use,
    'creation fails',
    {
      ...mended(use),
      check: (walked) => expect(written(walked, use)).toEqual(['createStack', 'deleteStack', 'createStack']),
    },
    'Role: The role is not allowed.',
  ),
  repaired(
    use,
    'creation fails, and why cannot be read',
    {
      ...mended(use),
      script: (world) => ({
        ...mended(use).script(world),
        'cloudformation:describeStackEvents': times(9, THROTTLED),
      }),
    },
    'ROLLBACK_COMPLETE',
  ),
  repaired(
    use,
    'an update rolls back',
    {
      ...mended(use),
      arrange: (world) => {
        left(use, 'CREATE_COMPLETE', { digest: OLD })(world);
        world.state.failing.add(use.stack);
      },
      check: (walked) => expect(written(walked, use)).toEqual(['updateStack', 'updateStack']),
    },
    'UPDATE_ROLLBACK_COMPLETE',
  ),
  repaired(
    use,
    'what is in the way cannot be deleted',
    {
      ...mended(use),
      arrange: (world) => {
        left(use, 'ROLLBACK_COMPLETE')(world);
        world.state.failing.add(use.stack);
      },
    },
    'DELETE_FAILED',
  ),
  repaired(
    use,
    'creation is refused for good',
    {
      arrange: (world) =>
        about(use, times(5, refuse('CloudFormation.LimitExceededException', 'Too many stacks.')))(
          world,
          'cloudformation:createStack',
        ),
    },
    'CloudFormation.LimitExceededException: Too many stacks.',
  ),
  repaired(
    use,
    'reading is throttled for good',
    { arrange: (world) => about(use, times(9, THROTTLED))(world, 'cloudformation:describeStacks') },
    'Rate exceeded',
  ),
  repaired(
    use,
    'reading fails otherwise',
    {
      arrange: (world) =>
        about(use, times(9, refuse('States.TaskFailed', 'not authorized to assume the role')))(
          world,
          'cloudformation:describeStacks',
        ),
    },
    'not authorized to assume',
  ),
];

const OTHER_PARAMETERS: Stack['Parameters'][] = [
  [{ ParameterKey: 'Cidr', ParameterValue: '10.99.0.0/22' }],
  [],
];
const otherwise: Walk[] = OTHER_PARAMETERS.map((parameters) =>
  smooth(`the stack is there with this template and with parameters ${JSON.stringify(parameters)}`, {
    arrange: left(USES[1], 'CREATE_COMPLETE', { parameters }),
    check: (walked) => expect(written(walked, USES[1])).toEqual(['updateStack']),
  }),
);

const stuck: Walk = repaired(
  USES[1],
  'the stack never ends',
  {
    arrange: (world) =>
      about(
        USES[1],
        times(242, answer({ Stacks: [{ StackId: 'x', StackStatus: 'CREATE_IN_PROGRESS', Tags: [] }] })),
      )(world, 'cloudformation:describeStacks'),
  },
  'CREATE_IN_PROGRESS',
);

/** What Control Tower manages is proven. */
const proofs: Walk[] = [
  smooth('the trail and the recorder take a moment', {
    script: () => ({
      'cloudtrail:describeTrails': [answer({ TrailList: [] })],
      'cloudtrail:getTrailStatus': [answer({ IsLogging: false })],
      'config:describeConfigurationRecorderStatus': [answer({ ConfigurationRecordersStatus: [] })],
    }),
  }),
  {
    name: 'the trail does not log',
    arrange: ({ state }) => {
      state.trail.logging = false;
    },
    script: (world) => ({
      'fact:AccountQuarantined': [
        (real) => {
          world.state.trail.logging = true;
          return real();
        },
      ],
    }),
    facts: repairedBefore('BlueprintApplied'),
    ends: 'ACTIVE',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        step: 'blueprint',
        error: 'NotConfirmed',
        cause: expect.stringContaining('is not logging'),
      });
      expect(callsOf(walked, 'cloudtrail:getTrailStatus')).toHaveLength(13);
    },
  },
  {
    name: 'a component that nobody can prove',
    plan: {
      components: [{ name: 'guardduty', version: '1', mode: 'verify', region: 'us-east-1', parameters: {} }],
    },
    asks: { repair: ['silence'] },
    facts: ['ProvisioningStarted', 'AccountProvisioned', 'AccountQuarantined'],
    ends: 'QUARANTINED',
  },
  {
    name: 'the blueprint cannot be said',
    script: () => ({ 'fact:BlueprintApplied': times(9, refuse('SQS.AmazonSQSException')) }),
    facts: repairedBefore('BlueprintApplied'),
    ends: 'ACTIVE',
  },
];

export const stacks: Walk[] = [
  ...USES.flatMap((use) => [...found(use), ...unclear(use), ...failing(use)]),
  ...otherwise,
  stuck,
  ...proofs,
];
