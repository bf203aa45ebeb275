import { expect } from 'vitest';
import { answer, asUsual, refuse, type Script, type Scripted, times } from '../../walk.fixture.ts';
import { type Stack, vpcOf } from '../member.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';
import { trust } from '../world.fixture.ts';

const DENIED = refuse('Organizations.AccessDeniedException');
const UNSENT = times(9, refuse('SQS.AmazonSQSException'));
const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});

/** Fails in `step`; a resume proves everything again before the account is called ACTIVE. */
const repaired = (name: string, step: 'verify' | 'activate' | 'access', rest: Partial<Walk>): Walk => ({
  name,
  facts: repairedBefore(step === 'access' ? 'AccessAssigned' : 'AccountVended', 'AccountVended'),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step, fenced: true });
    rest.check?.(walked, world);
  },
});
const AFTER_ACTIVE = { facts: repairedBefore('AccessAssigned', 'AccountVended') };

/** Every stack has been read once by then, and its creation looked at twice. */
const changed: Scripted = answer({ Stacks: [{ StackStatus: 'CREATE_COMPLETE', Tags: [] }] });
const STACK_READS = 5 * 3;
const roleArn = (name: string): string => `arn:aws:iam::444455556666:role/${name}`;
/** What somebody has made of a stack meanwhile, the error and what it says. */
const OTHER_STACKS: [stack: string, changed: Partial<Stack>, error: string, cause: string][] = [
  [
    'jetway-vpc',
    { Parameters: [{ ParameterKey: 'Cidr', ParameterValue: '10.99.0.0/22' }] },
    'StackDiffers',
    `template sha256:${'2'.repeat(64)}; parameter Cidr is 10.99.0.0/22, not 10.16.0.0/22.`,
  ],
  ['jetway-vpc', { Parameters: [] }, 'StackDiffers', 'parameter Cidr is missing, not 10.16.0.0/22.'],
  [
    'jetway-vpc',
    { Outputs: [{ OutputKey: 'VpcCidr', OutputValue: '10.99.0.0/22' }] },
    'StackOutputDiffers',
    'The stack of vpc says: VpcCidr is 10.99.0.0/22, not 10.16.0.0/22.',
  ],
  [
    'jetway-audit-roles',
    { Outputs: [] },
    'StackOutputDiffers',
    `ReadOnlyRoleArn is missing, not ${roleArn('jetway-audit-read-only')}.`,
  ],
];

/** After the guardrails, and until the account is in quarantine. */
const otherStack =
  (name: string, changed: Partial<Stack>) =>
  ({ state }: World): Script => {
    const put = (stack: Partial<Stack>) => (real: () => unknown) => {
      state.stacks.set(name, { ...(state.stacks.get(name) as Stack), ...stack });
      return real();
    };
    const planned = { Outputs: state.outputs.get(name) ?? [], Parameters: PLANNED };
    return { 'fact:GuardrailsAttached': [put(changed)], 'fact:AccountQuarantined': [put(planned)] };
  };
const PLANNED = [{ ParameterKey: 'Cidr', ParameterValue: '10.16.0.0/22' }];

/** Pages of the fence and of the guardrails' read-back. */
const LIST_PAGES = 3;
const LACKING = answer({ Policies: [{ Id: 'p-quarantine1', Name: 'jetway-quarantine' }] });

const VENDS = 'arn:aws:iam::111122223333:role/jetway-vend';
const withIds = (...ids: string[]) => ({ Condition: { StringEquals: { 'sts:ExternalId': ids } } });
/** By the beginning of what is said of each. */
const OTHER_TRUSTS: Record<string, object> = {
  'nobody.': { Effect: 'Deny', Principal: '*' },
  '* if StringEquals sts:ExternalId drift and': { Principal: '*', ...withIds('vending', 'drift') },
  [`${VENDS}. `]: { Principal: { AWS: VENDS } },
  [`${VENDS} if StringEquals sts:ExternalId vending. `]: {
    Principal: { AWS: VENDS },
    ...withIds('vending'),
  },
  [`${VENDS} if StringEquals sts:ExternalId drift and StringEquals sts:ExternalId vending; arn:aws:iam::999900001111:root`]:
    { Principal: { AWS: [VENDS, 'arn:aws:iam::999900001111:root'] }, ...withIds('vending', 'drift') },
  'everybody but {"AWS":"x"}': { NotPrincipal: { AWS: 'x' } },
};
const encoded = (document: object): string => encodeURIComponent(JSON.stringify(document));

const FACTORY = 'StackSet-AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1-1';
const STACK = `arn:aws:cloudformation:us-east-1:444455556666:stack/${FACTORY}/1`;
const SHARED = { OwnerId: '999900001111' };
/** VPCs that nobody planned, and how each is told. */
const UNPLANNED = [
  [vpcOf('vpc-0default', undefined, { IsDefault: true }), 'vpc-0default (10.16.0.0/22, a default VPC)'],
  [vpcOf('vpc-0factory', STACK), `vpc-0factory (10.16.0.0/22, of ${FACTORY})`],
  [vpcOf('vpc-0byhand'), 'vpc-0byhand (10.16.0.0/22, of no stack)'],
] as const;

const networks: Walk[] = [
  ...UNPLANNED.map(([vpc, words]) =>
    repaired(`${vpc.VpcId} was not planned: it is named, and once it is gone the vend goes on`, 'verify', {
      arrange: ({ state }) => {
        // Behind others, on a later page.
        state.vpcs = [vpcOf('vpc-0shared', undefined, SHARED), vpc];
      },
      script: (world) => ({
        'fact:AccountQuarantined': [
          (real) => {
            world.state.vpcs = [];
            return real();
          },
        ],
      }),
      check: (walked) => {
        expect(factData(walked, 'AccountQuarantined')).toMatchObject({
          error: 'UnplannedVpc',
          cause: `Account 444455556666 has in us-east-1 what no stack of the plan has made: ${words}.`,
        });
        expect(callsOf(walked, 'ec2:describeVpcs')).toHaveLength(3);
      },
    }),
  ),
  smooth('a VPC that another account shares is not ours to judge', {
    arrange: ({ state }) => {
      state.vpcs = [vpcOf('vpc-0shared', undefined, SHARED)];
    },
  }),
  repaired('the VPCs cannot be read', 'verify', {
    script: () => ({ 'ec2:describeVpcs': times(9, refuse('Ec2.Ec2Exception', 'not authorized')) }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'Ec2.Ec2Exception' }),
  }),
];

type Evidence = { name: string; region: string; status: string; evidence: string; controls?: string[] };

/** Somebody has undone a guardrail after it was attached, and does it back once the account is in quarantine. */
const undone = (name: string, error: string, undo: (world: World) => () => void): Walk =>
  repaired(name, 'verify', {
    script: (world) => {
      let redo = () => {};
      return {
        'fact:GuardrailsAttached': [
          (real) => {
            redo = undo(world);
            return real();
          },
        ],
        'fact:AccountQuarantined': [
          (real) => {
            redo();
            return real();
          },
        ],
      };
    },
    check: (walked) => expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error }),
  });

const enforcement: Walk[] = [
  undone('a guardrail policy has another content', 'PolicyContentDiffers', ({ state }) => {
    const { Id } = state.policies.find(({ Name }) => Name === 'jetway-guardrails-aaaa') as { Id: string };
    const content = state.contents.get(Id) as string;
    state.contents.set(Id, '{}');
    return () => void state.contents.set(Id, content);
  }),
  undone('a rule was deleted', 'RuleNotConfirmed', ({ state }) => {
    const { rules } = state;
    state.rules = ['other-rule', 'third-rule', 'fourth-rule'];
    return () => {
      state.rules = rules;
    };
  }),
  undone('a control was switched off above', 'InheritedControlMissing', ({ state }) => {
    const all = [...state.controls.entries()];
    state.controls.clear();
    return () => {
      for (const [unit, controls] of all) state.controls.set(unit, controls);
    };
  }),
  repaired('the policies cannot be listed once more', 'verify', {
    script: () => ({ 'organizations:listPoliciesForTarget': [...times(LIST_PAGES + 2, asUsual), DENIED] }),
  }),
  repaired('the unit above cannot be read once more', 'verify', {
    script: () => ({ 'organizations:listParents': [asUsual, asUsual, DENIED] }),
  }),
];

const verification: Walk[] = [
  repaired('a stack was changed meanwhile', 'verify', {
    script: () => ({ 'cloudformation:describeStacks': [...times(STACK_READS, asUsual), changed] }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'StackDiffers' }),
  }),
  ...OTHER_STACKS.map(([stack, changed, error, cause]) =>
    repaired(`${stack} has ${JSON.stringify(changed)}`, 'verify', {
      script: otherStack(stack, changed),
      check: (walked) =>
        expect(factData(walked, 'AccountQuarantined')).toMatchObject({
          error,
          cause: expect.stringContaining(cause),
        }),
    }),
  ),
  repaired('a Region has other parameters', 'verify', {
    script: () => ({
      'cloudformation:describeStackInstance': [
        answer({
          StackInstance: {
            ParameterOverrides: [{ ParameterKey: 'HomeRegion', ParameterValue: 'eu-west-1' }],
          },
        }),
      ],
    }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        error: 'InstanceDiffers',
        cause: expect.stringMatching(/eu-\w+-1: parameter HomeRegion is eu-west-1, not us-east-1\.$/),
      }),
  }),
  repaired('a Region is no longer current', 'verify', {
    script: () => ({
      'cloudformation:listStackInstances': [...times(4, asUsual), answer({ Summaries: [] })],
    }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        error: 'InstanceDiffers',
        cause: expect.stringContaining('not current in eu-'),
      }),
  }),
  smooth('everything that was read back is said, thing by thing and Region by Region', {
    check: (walked) => {
      const { verified } = factData(walked, 'AccountVended') as {
        verified: Evidence[];
      };
      expect(verified.map(({ name, region, status }) => `${name} ${region} ${status}`)).toEqual([
        'execution-role us-east-1 CREATE_COMPLETE',
        'vpc us-east-1 CREATE_COMPLETE',
        'audit-roles us-east-1 CREATE_COMPLETE',
        'event-forwarding us-east-1 CREATE_COMPLETE',
        'guardrails-detective us-east-1 CREATE_COMPLETE',
        'event-forwarding eu-central-1 CURRENT',
        'event-forwarding eu-west-1 CURRENT',
        'guardrails-detective eu-west-1 CURRENT',
        'vpcs us-east-1 AS_PLANNED',
        'vpcs eu-central-1 NOT_READ',
        'vpcs eu-west-1 NOT_READ',
        'jetway-execution global TRUST_AS_PLANNED',
        'jetway-events global TRUST_AS_PLANNED',
        'cloudtrail us-east-1 VERIFIED',
        'config us-east-1 VERIFIED',
        'config eu-central-1 NOT_READ',
        'config eu-west-1 NOT_READ',
        'jetway-guardrails-aaaa global ATTACHED',
        'jetway-encrypted-volumes us-east-1 ACTIVE',
        'AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED global SUCCEEDED',
        'AWS-GR_REGION_DENY global SUCCEEDED',
      ]);
      for (const { evidence } of verified) expect(evidence.length).toBeGreaterThan(10);
      const evidenceOf = (name: string, region: string) =>
        verified.find((one) => one.name === name && one.region === region)?.evidence;
      expect(evidenceOf('config', 'eu-central-1')).not.toContain('took rules');
      expect(evidenceOf('config', 'eu-west-1')).toContain('took rules');
      expect(evidenceOf('jetway-guardrails-aaaa', 'global')).toMatch(
        /^p-\w+ on .+, content sha256:[0-9a-f]{64} /,
      );
      expect(evidenceOf('AWS-GR_REGION_DENY', 'global')).toMatch(/ on ou-ab12-workloads$/);
      expect(verified.flatMap(({ controls = [] }) => controls)).toEqual([
        'AWS-GR_RESTRICT_ROOT_USER',
        'AWS-GR_ENCRYPTED_VOLUMES',
        'AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED',
        'AWS-GR_REGION_DENY',
      ]);
    },
  }),
  ...Object.entries(OTHER_TRUSTS).map(([who, statement]) =>
    repaired(`a role lets in ${who}`, 'verify', {
      script: () => ({
        'iam:getRole': [answer({ Role: { AssumeRolePolicyDocument: encoded(trust(statement)) } })],
      }),
      check: (walked) => {
        const { error, cause } = factData(walked, 'AccountQuarantined');
        expect(error).toBe('RoleTrustDiffers');
        expect(cause).toContain(`Role jetway-execution lets in ${who}`);
      },
    }),
  ),
  repaired('a role is gone meanwhile', 'verify', {
    script: () => ({ 'iam:getRole': times(18, refuse('Iam.NoSuchEntityException')) }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'Iam.NoSuchEntityException' }),
  }),
  repaired('the recorder was stopped meanwhile', 'verify', {
    script: () => ({
      'config:describeConfigurationRecorderStatus': [asUsual, answer({ ConfigurationRecordersStatus: [] })],
    }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'NotConfirmed' }),
  }),
  repaired('the trail is gone meanwhile', 'verify', {
    script: () => ({ 'cloudtrail:describeTrails': [asUsual, answer({ TrailList: [] })] }),
  }),
  smooth('the policies are listed late once more', {
    script: () => ({ 'organizations:listPoliciesForTarget': [...times(LIST_PAGES, asUsual), LACKING] }),
  }),
  repaired('a policy was detached meanwhile', 'verify', {
    script: () => ({
      'organizations:listPoliciesForTarget': [...times(LIST_PAGES, asUsual), ...times(11, LACKING)],
    }),
  }),
];

const activation: Walk[] = [
  repaired('that it is active cannot be said', 'activate', {
    script: () => ({ 'fact:AccountVended': UNSENT }),
  }),
  repaired('the fence cannot be lifted', 'activate', {
    ...AFTER_ACTIVE,
    script: () => ({ 'organizations:detachPolicy': [DENIED] }),
    facts: repairedBefore('AccessAssigned', 'AccountVended'),
  }),
  smooth('the fence was lifted, the answer was lost, and the list lags behind', {
    script: () => ({
      'organizations:detachPolicy': [
        (real) => {
          real();
          return refuse('Organizations.SdkClientException')(real);
        },
      ],
      'organizations:listPoliciesForTarget': [...times(LIST_PAGES + 4, asUsual), LACKING],
    }),
  }),
  repaired('the fence stays listed', 'activate', {
    ...AFTER_ACTIVE,
    script: () => ({
      'organizations:listPoliciesForTarget': [...times(LIST_PAGES + 4, asUsual), ...times(11, LACKING)],
    }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'FenceNotLifted' }),
  }),
  repaired('what is left cannot be listed', 'activate', {
    ...AFTER_ACTIVE,
    script: () => ({ 'organizations:listPoliciesForTarget': [...times(LIST_PAGES + 4, asUsual), DENIED] }),
  }),
];

const status = (Status: string, FailureReason?: string): Scripted =>
  answer({ AccountAssignmentCreationStatus: { Status, ...(FailureReason ? { FailureReason } : {}) } });

const people: Walk[] = [
  smooth('people have access already', {
    script: () => ({
      'ssoadmin:listAccountAssignments': times(
        2,
        answer({
          AccountAssignments: ['1', '2'].map((digit) => ({
            PrincipalId: `00000000-0000-4000-8000-00000000000${digit}`,
            PrincipalType: 'GROUP',
          })),
        }),
      ),
    }),
    check: (walked) => expect(callsOf(walked, 'ssoadmin:createAccountAssignment')).toEqual([]),
  }),
  smooth('conflicts, and an assignment that takes its time and is listed late', {
    script: () => ({
      'ssoadmin:createAccountAssignment': [refuse('SsoAdmin.ConflictException')],
      'ssoadmin:describeAccountAssignmentCreationStatus': [status('IN_PROGRESS'), status('IN_PROGRESS')],
      'ssoadmin:listAccountAssignments': [
        ...times(4, asUsual),
        answer({ AccountAssignments: [] }),
        answer({ AccountAssignments: [] }),
      ],
    }),
  }),
  repaired('an assignment fails: the account is fenced again', 'access', {
    script: () => ({
      'ssoadmin:describeAccountAssignmentCreationStatus': [status('FAILED', 'The group was deleted.')],
    }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        error: 'AssignmentFailed',
        cause: expect.stringContaining('The group was deleted.'),
      }),
  }),
  repaired('an assignment never ends', 'access', {
    script: () => ({
      'ssoadmin:describeAccountAssignmentCreationStatus': times(300, status('IN_PROGRESS')),
    }),
    asks: { repair: ['silence'] },
    facts: [...SMOOTH_FACTS.slice(0, -1), 'AccountQuarantined'],
    ends: 'QUARANTINED',
  }),
  repaired('an assignment is never listed', 'access', {
    plan: { access: examplePlan.access.slice(0, 1) },
    script: () => ({
      'ssoadmin:listAccountAssignments': [asUsual, ...times(11, answer({ AccountAssignments: [] }))],
    }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('not listed'),
  }),
  smooth('nobody is to have access', { plan: { access: [] } }),
  repaired('who has access cannot be said', 'access', { script: () => ({ 'fact:AccessAssigned': UNSENT }) }),
];

export const lastSteps: Walk[] = [...networks, ...enforcement, ...verification, ...activation, ...people];
