import { expect } from 'vitest';
import { factData } from '../../account-vending/vend.fixture.ts';
import { refuse } from '../../walk.fixture.ts';
import { modified, OLD_SET, type Walk } from '../change.fixture.ts';

export const SMOOTH = [
  'ChangePreviewed',
  'ChangeStarted',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountChanged',
] as const;

const nothing: Walk['work'] = {
  changed: [],
  created: [],
  removed: [],
  instancesChanged: [],
  instancesRemoved: [],
  detached: [],
};

export const acting: readonly Walk[] = [
  {
    name: 'home is not us-east-1, where alone quotas of Organizations are told: the least counts',
    arrange: ({ changes }) =>
      void changes.set('jetway-vpc', [
        modified('Endpoint', 'True'),
        { ...modified('Nat'), Action: 'Remove' },
      ]),
    script: {
      'servicequotas:listServiceQuotas': [refuse('ServiceQuotas.NoSuchResourceException', 'does not exist')],
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'everything at once, announced',
    arrange: ({ changes }) =>
      void changes.set('jetway-vpc', [
        modified('Endpoint', 'True'),
        { ...modified('Nat'), Action: 'Remove' },
        { ...modified('Group'), Action: 'Add' },
      ]),
    facts: SMOOTH,
    ends: 'ACTIVE',
    check: (walked, { state, sets }) => {
      expect(factData(walked, 'ChangePreviewed').stacks).toEqual(
        expect.arrayContaining([
          {
            name: 'vpc',
            stackName: 'jetway-vpc',
            changes: [
              'replace Endpoint (AWS::Some::Type)',
              'remove Nat (AWS::Some::Type)',
              'add Group (AWS::Some::Type)',
            ],
          },
        ]),
      );
      expect([...state.stacks.keys()]).not.toContain('jetway-budget');
      expect(state.stacks.get('jetway-audit-roles')?.StackStatus).toBe('CREATE_COMPLETE');
      expect(state.sets.instances.get(OLD_SET)).toEqual([]);
      expect(state.attached).not.toContain('p-old0000000');
      // The role first, with the role that made it; everything else with the role itself.
      const executed = walked.calls.filter((c) => c.action === 'cloudformation:executeChangeSet');
      expect(
        executed.map((c) => [(c.arguments as { StackName: string }).StackName, c.role?.split('/').at(-1)]),
      ).toEqual([
        ['jetway-execution-role', 'AWSControlTowerExecution'],
        ['jetway-guardrails-detective', 'jetway-execution'],
        ['jetway-vpc', 'jetway-execution'],
      ]);
      // New policies are on before old ones go.
      const at = (action: string) => walked.calls.findIndex((c) => c.action === `organizations:${action}`);
      expect(at('attachPolicy')).toBeLessThan(at('detachPolicy'));
      expect(sets.size).toBe(3);
      const regions = walked.calls.filter((c) => /StackInstances$/.test(c.action) && !/list/.test(c.action));
      // What goes, goes before what comes, which may bear the same names.
      expect(regions[0]?.action).toBe('cloudformation:deleteStackInstances');
      expect(regions.map((c) => c.action).sort()).toEqual([
        'cloudformation:createStackInstances',
        'cloudformation:deleteStackInstances',
        'cloudformation:updateStackInstances',
      ]);
      expect(factData(walked, 'GuardrailsAttached').detached).toEqual(['jetway-guardrails-old']);
    },
  },
  {
    name: 'a conditional replacement whose cause stays replaces nothing',
    arrange: ({ changes }) =>
      void changes.set('jetway-vpc', [
        modified('Function'),
        modified('Permission', 'Conditional', [
          { Target: { RequiresRecreation: 'Always' }, CausingEntity: 'Function.Arn' },
        ]),
      ]),
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'what is done already is left alone',
    work: { ...nothing, removed: [{ name: 'gone', stackName: 'jetway-gone' }] },
    arrange: ({ state, stack }) => {
      state.attached = ['p-FullAWSAccess'];
      stack('execution-role', '1');
      stack('vpc', '2');
      stack('guardrails-detective', '4');
      stack('audit-roles', '3');
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
    check: (walked) => {
      expect(walked.calls.filter((c) => /ChangeSet$/.test(c.action))).toEqual([]);
      expect(walked.calls.filter((c) => /:deleteStack$/.test(c.action))).toEqual([]);
    },
  },
  {
    name: 'the old policy is off, and the old stack set gone',
    arrange: ({ state }) => {
      state.attached = ['p-FullAWSAccess'];
    },
    script: {
      'cloudformation:listStackInstances': [
        refuse('CloudFormation.StackSetNotFoundException', 'StackSet not found'),
      ],
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'somebody else detaches the old policy, and a preview cannot be thrown away',
    script: {
      'organizations:detachPolicy': [refuse('Organizations.PolicyNotAttachedException', 'not attached')],
      'cloudformation:deleteChangeSet': Array.from({ length: 10 }, () =>
        refuse('CloudFormation.CloudFormationException', 'Access denied'),
      ),
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'CloudFormation finds nothing to change',
    work: {
      ...nothing,
      changed: [{ name: 'vpc', stackName: 'jetway-vpc', announced: { replaces: [], removes: [] } }],
    },
    arrange: ({ sets, stack, calls }) => {
      const create = calls['cloudformation:createChangeSet']!;
      calls['cloudformation:createChangeSet'] = (args) => {
        const made = create(args);
        const set = sets.get(`${args.StackName}/${args.ChangeSetName}`)!;
        Object.assign(set, {
          status: 'FAILED',
          reason: "The submitted information didn't contain changes. Submit different information.",
        });
        return made;
      };
      stack('execution-role', '1');
      stack('guardrails-detective', '4');
      stack('audit-roles', '3');
    },
    asks: { repair: ['silence'] },
    facts: [...SMOOTH.slice(0, -1), 'ChangeStopped'],
    ends: 'QUARANTINED',
    check: (walked) => {
      expect(factData(walked, 'ChangeStopped')).toMatchObject({ step: 'verify', error: 'StackDiffers' });
      expect(factData(walked, 'ChangePreviewed').stacks).toEqual([
        { name: 'vpc', stackName: 'jetway-vpc', changes: [] },
      ]);
    },
  },
  {
    name: 'a stack that an earlier change rolled back is in nobody’s way',
    work: nothing,
    arrange: ({ state, stack }) => {
      for (const [name, digit] of Object.entries({
        'execution-role': '1',
        vpc: '2',
        'guardrails-detective': '4',
        'audit-roles': '3',
      }))
        stack(name, digit);
      const vpc = state.stacks.get('jetway-vpc')!;
      state.stacks.set('jetway-vpc', { ...vpc, StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
];
