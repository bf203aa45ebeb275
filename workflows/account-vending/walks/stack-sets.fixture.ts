import { expect } from 'vitest';
import { answer, asUsual, loseReply, refuse, type Script, type Scripted, times } from '../../walk.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import type { Instance } from '../stack-sets.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

/** The two uses of the same states. The first one has two Regions. */
const USES = [
  { label: 'blueprint', name: 'event-forwarding', digit: '5', step: 'blueprint', says: 'BlueprintApplied' },
  {
    label: 'guardrails',
    name: 'guardrails-detective',
    digit: '4',
    step: 'guardrails',
    says: 'GuardrailsAttached',
  },
] as const;
type Use = (typeof USES)[number];

const setOf = ({ name, digit }: Use): string => `jetway-${name}-${digit.repeat(12)}`;
const REGIONS = { blueprint: ['eu-central-1', 'eu-west-1'], guardrails: ['eu-west-1'] } as const;

/** Scripts calls about one set only. */
const about =
  (use: Use, action: string, ...scripted: Scripted[]) =>
  (world: World): void => {
    const calls = world.calls as unknown as Record<string, (args: { StackSetName: string }) => unknown>;
    const name = `cloudformation:${action}`;
    const real = calls[name];
    calls[name] = (args) => {
      const next = args.StackSetName === setOf(use) ? scripted.shift() : undefined;
      return next ? next(() => real?.(args)) : real?.(args);
    };
  };

const there =
  (use: Use, ...instances: Partial<Instance>[]) =>
  ({ state: { sets } }: World): void => {
    sets.sets.set(setOf(use), {
      digest: `sha256:${use.digit.repeat(64)}`,
      status: 'ACTIVE',
      permissions: 'SERVICE_MANAGED',
    });
    sets.instances.set(
      setOf(use),
      instances.map((one) => ({
        region: 'eu-west-1',
        status: 'CURRENT',
        detailed: 'SUCCEEDED',
        reason: '',
        ...one,
      })),
    );
  };

/** `[verb, Regions]` of every operation on the set. */
const written = (walked: Parameters<NonNullable<Walk['check']>>[0], use: Use) =>
  walked.calls.flatMap(({ action, arguments: args }) => {
    const { StackSetName, Regions } = args as { StackSetName?: string; Regions?: string[] };
    const verb = /^cloudformation:(create|update|delete)StackInstances$/.exec(action)?.[1];
    return StackSetName === setOf(use) && verb ? [[verb, Regions]] : [];
  });

const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});

const THROTTLED = refuse('CloudFormation.CloudFormationException', 'Rate exceeded (Error Code: Throttling)');

const found = (use: Use): Walk[] => [
  smooth(`${use.label}: one operation for all Regions, with the values of the account`, {
    check: (walked) => {
      expect(written(walked, use)).toEqual([['create', REGIONS[use.label]]]);
      const [call] = callsOf(walked, 'cloudformation:createStackInstances').filter(
        ({ arguments: args }) => (args as { StackSetName: string }).StackSetName === setOf(use),
      );
      expect(call?.role).toBeUndefined();
      expect(call?.arguments).toMatchObject({
        DeploymentTargets: {
          OrganizationalUnitIds: ['ou-ab12-workloadsprod'],
          Accounts: ['444455556666'],
          AccountFilterType: 'INTERSECTION',
        },
        ParameterOverrides: [{ ParameterKey: 'HomeRegion', ParameterValue: 'us-east-1' }],
        OperationId: `req-018e0000-0000-7000-8000-000000000001-create-${use.name}-0-0`,
      });
    },
  }),
  smooth(`${use.label}: the instances are there`, {
    arrange: there(use, ...REGIONS[use.label].map((region) => ({ region }))),
    check: (walked) => expect(written(walked, use)).toEqual([]),
  }),
  smooth(`${use.label}: another run's operation is under way`, {
    arrange: (world) => {
      there(use)(world);
      const pending = REGIONS[use.label].map((Region) => ({
        Region,
        Status: 'OUTDATED',
        StackInstanceStatus: { DetailedStatus: 'PENDING' },
      }));
      about(use, 'listStackInstances', answer({ Summaries: pending }), answer({ Summaries: pending }))(world);
    },
  }),
  smooth(`${use.label}: an instance is out of date`, {
    arrange: there(use, ...REGIONS[use.label].map((region) => ({ region, status: 'OUTDATED' }))),
    check: (walked) => expect(written(walked, use)).toEqual([['update', REGIONS[use.label]]]),
  }),
  smooth(`${use.label}: an instance cannot be operated`, {
    arrange: there(use, { status: 'INOPERABLE', detailed: 'INOPERABLE' }),
    check: (walked) =>
      expect(written(walked, use)).toEqual([
        ['delete', ['eu-west-1']],
        ['create', REGIONS[use.label]],
      ]),
  }),
  smooth(`${use.label}: another vend makes the set at the same moment`, {
    arrange: about(use, 'createStackSet', (real) => {
      real();
      return real();
    }),
  }),
];

const unclear = (use: Use): Walk[] => [
  smooth(`${use.label}: answers are lost`, {
    arrange: (world) => {
      about(use, 'createStackSet', loseReply('CloudFormation.SdkClientException'))(world);
      about(use, 'createStackInstances', loseReply('CloudFormation.SdkClientException'))(world);
    },
    check: (walked) => expect(written(walked, use)).toHaveLength(1),
  }),
  smooth(`${use.label}: the call never arrived, then an answer is lost and it is asked for again`, {
    arrange: (world) => {
      about(use, 'createStackInstances', THROTTLED, loseReply('CloudFormation.SdkClientException'))(world);
      about(
        use,
        'describeStackSetOperation',
        asUsual,
        refuse('CloudFormation.OperationNotFoundException'),
      )(world);
      // The list lags behind the operation.
      about(use, 'listStackInstances', asUsual, asUsual, answer({ Summaries: [] }))(world);
    },
    check: (walked) => expect(written(walked, use).length).toBeGreaterThan(1),
  }),
  smooth(`${use.label}: the set is busy with something else`, {
    arrange: about(
      use,
      'createStackInstances',
      refuse('CloudFormation.OperationInProgressException', 'Another operation is in progress'),
      refuse('CloudFormation.StaleRequestException', 'Another operation was performed'),
    ),
  }),
  smooth(`${use.label}: an operation waits in the queue`, {
    arrange: about(
      use,
      'describeStackSetOperation',
      answer({ StackSetOperation: { Status: 'QUEUED' } }),
      answer({ StackSetOperation: { Status: 'STOPPING' } }),
    ),
  }),
];

/** A walk in which the set fails, is mended, and the vend goes on. */
const repaired = (use: Use, name: string, rest: Partial<Walk>, cause: string): Walk => ({
  name: `${use.label}: ${name}`,
  facts: repairedBefore(use.says),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    const quarantined = factData(walked, 'AccountQuarantined');
    expect(quarantined).toMatchObject({ step: use.step, error: 'StackSetFailed', fenced: true });
    expect(quarantined.cause).toContain(`Component ${use.name}, stack set ${setOf(use)}: `);
    expect(quarantined.cause).toContain(cause);
    rest.check?.(walked, world);
  },
});

/** A Region fails until the account is in quarantine. */
const mended = (reason: string) => ({
  arrange: (world: World) => void world.state.sets.failing.set('eu-west-1', reason),
  script: (world: World): Script => ({
    'fact:AccountQuarantined': [
      (real) => {
        world.state.sets.failing.clear();
        return real();
      },
    ],
  }),
});

const LIMIT = 'ResourceLogicalId:Rule, ResourceStatusReason:The limit is reached.';
const STUCK = 'Stack is in ROLLBACK_COMPLETE state and can not be updated.';

const failing = (use: Use): Walk[] => [
  repaired(
    use,
    'one Region fails, and a resume finishes it alone',
    {
      ...mended(LIMIT),
      arrange: (world) => {
        mended(LIMIT).arrange(world);
        // The failure of the other use comes first where both work in the Region.
        if (use.label === 'guardrails') there(USES[0], { region: 'eu-central-1' }, {})(world);
      },
      check: (walked) =>
        expect(written(walked, use)).toEqual([
          ['create', REGIONS[use.label]],
          ['update', ['eu-west-1']],
        ]),
    },
    `eu-west-1: OUTDATED FAILED ${LIMIT}`,
  ),
  repaired(
    use,
    'a stack that cannot be updated is made again',
    {
      ...mended(STUCK),
      arrange: (world) => {
        mended(STUCK).arrange(world);
        if (use.label === 'guardrails') there(USES[0], { region: 'eu-central-1' }, {})(world);
      },
      check: (walked) =>
        expect(written(walked, use)).toEqual([
          ['create', REGIONS[use.label]],
          ['delete', ['eu-west-1']],
          ['create', ['eu-west-1']],
        ]),
    },
    `eu-west-1: OUTDATED FAILED ${STUCK}`,
  ),
  repaired(
    use,
    'the operation makes no instance',
    {
      arrange: (world) => {
        about(use, 'createStackInstances', answer({ OperationId: 'x' }))(world);
        about(
          use,
          'describeStackSetOperation',
          answer({ StackSetOperation: { Status: 'SUCCEEDED' } }),
        )(world);
      },
    },
    'eu-west-1: no instance',
  ),
  repaired(
    use,
    'the name is taken by a set that is not ours',
    {
      arrange: (world) => {
        there(use)(world);
        world.state.sets.sets.set(setOf(use), {
          digest: 'sha256:other',
          status: 'ACTIVE',
          permissions: 'SERVICE_MANAGED',
        });
      },
      script: (world) => ({
        'fact:AccountQuarantined': [
          (real) => {
            world.state.sets.sets.clear();
            return real();
          },
        ],
      }),
    },
    'with template sha256:other',
  ),
  repaired(
    use,
    'the set is refused for good',
    {
      arrange: about(
        use,
        'createStackSet',
        ...times(10, refuse('CloudFormation.LimitExceededException', 'Too many sets.')),
      ),
    },
    'CloudFormation.LimitExceededException: Too many sets.',
  ),
  repaired(
    use,
    'the instances are refused for good',
    {
      arrange: about(
        use,
        'createStackInstances',
        ...times(5, refuse('CloudFormation.InvalidOperationException', 'Not allowed.')),
      ),
    },
    'Not allowed.',
  ),
  repaired(
    use,
    'the operation is never seen',
    {
      arrange: (world) => {
        const unknown = refuse('CloudFormation.OperationNotFoundException', 'It is not there.');
        about(use, 'describeStackSetOperation', ...times(10, unknown))(world);
        about(use, 'listStackInstances', ...times(10, answer({ Summaries: [] })))(world);
      },
    },
    'It is not there.',
  ),
  ...(['describeStackSet', 'listStackInstances', 'describeStackSetOperation'] as const).map((action) =>
    repaired(
      use,
      `${action} is throttled for good`,
      { arrange: about(use, action, ...times(9, THROTTLED)) },
      'Rate exceeded',
    ),
  ),
];

const stuck: Walk = repaired(
  USES[0],
  'the operation never ends',
  {
    arrange: about(
      USES[0],
      'describeStackSetOperation',
      ...times(181, answer({ StackSetOperation: { Status: 'RUNNING' } })),
    ),
  },
  'OUTDATED RUNNING',
);

export const stackSets: Walk[] = [
  ...USES.flatMap((use) => [...found(use), ...unclear(use), ...failing(use)]),
  stuck,
  smooth('a plan for the home Region alone', {
    arrange: ({ calls }) => {
      for (const name of Object.keys(calls))
        if (/StackSet|StackInstance/.test(name))
          (calls as unknown as Record<string, () => never>)[name] = () => {
            throw new Error('there is no other Region');
          };
    },
    plan: { components: examplePlan.components.filter(({ stackSetName }) => stackSetName === undefined) },
  }),
];
