import { expect } from 'vitest';
import { factData } from '../../account-vending/vend.fixture.ts';
import { asUsual, loseReply, refuse, times } from '../../walk.fixture.ts';
import { type ChangeWorld, modified, OLD_SET, type Walk } from '../change.fixture.ts';
import { SMOOTH } from './acting.fixture.ts';

const [PREVIEWED, STARTED, ...REST] = SMOOTH;
/** Stopped before `missing` was said, mended, and everything from there on. */
const mended = (missing: (typeof REST)[number]): string[] => {
  const at = REST.indexOf(missing);
  return [PREVIEWED, STARTED, ...REST.slice(0, at), 'ChangeStopped', 'ChangeResumed', ...REST.slice(at)];
};
const stopped =
  (step: string, error: string, cause: RegExp): NonNullable<Walk['check']> =>
  (walked) => {
    const data = factData(walked, 'ChangeStopped');
    expect({ step: data.step, error: data.error }).toEqual({ step, error });
    expect(data.cause).toMatch(cause);
  };

/** A person mends it while the change is parked: when the repair is asked for. */
const mendedBy =
  (mend: (world: ChangeWorld) => void) =>
  (world: ChangeWorld): void => {
    const resumed = world.calls['cloudformation:describeStackEvents']!;
    world.calls['cloudformation:describeStackEvents'] = (args) => {
      const events = resumed(args);
      mend(world);
      return events;
    };
  };

const NO = refuse('CloudFormation.CloudFormationException', 'Rate exceeded');

export const failing: readonly Walk[] = [
  {
    name: 'an update is rolled back, the reason mended, and the change resumed',
    arrange: (world) => {
      world.state.failing.add('jetway-vpc');
      mendedBy(({ state }) => void state.failing.delete('jetway-vpc'))(world);
    },
    facts: mended('BlueprintApplied'),
    ends: 'ACTIVE',
    check: stopped('blueprint', 'StackFailed', /jetway-vpc \(UPDATE_ROLLBACK_COMPLETE\): Role: The role/),
  },
  {
    name: 'a failed update whose events cannot be read is given up',
    arrange: ({ state }) => void state.failing.add('jetway-vpc'),
    script: { 'cloudformation:describeStackEvents': times(20, NO) },
    asks: { repair: [{ outcome: 'cancelled', by: 'olga' }] },
    facts: [PREVIEWED, STARTED, 'ChangeStopped', 'ChangeGivenUp'],
    ends: 'QUARANTINED',
    check: stopped('blueprint', 'StackFailed', /jetway-vpc/),
  },
  {
    name: 'what nobody answers waits, and stays half-way',
    arrange: ({ state }) => void state.failing.add('jetway-vpc'),
    asks: { repair: ['silence'] },
    facts: [PREVIEWED, STARTED, 'ChangeStopped'],
    ends: 'QUARANTINED',
  },
  {
    name: 'an answer that means nothing is asked for again',
    arrange: (world) => {
      world.state.failing.add('jetway-vpc');
      mendedBy(({ state }) => void state.failing.delete('jetway-vpc'))(world);
    },
    asks: { repair: [{ outcome: 'maybe' }, { outcome: 'resume', by: 'olga' }] },
    facts: mended('BlueprintApplied'),
    ends: 'ACTIVE',
  },
  {
    name: 'the template moved between preview and execution',
    arrange: (world) => {
      const start = world.calls['servicequotas:listServiceQuotas']!;
      world.calls['servicequotas:listServiceQuotas'] = (args) => {
        world.changes.set('jetway-vpc', [modified('Vpc', 'True')]);
        return start(args);
      };
    },
    asks: { repair: ['silence'] },
    facts: [PREVIEWED, STARTED, 'ChangeStopped'],
    ends: 'QUARANTINED',
    check: (walked, { state }) => {
      stopped('blueprint', 'ChangeNotAnnounced', /would replace Vpc/)(walked, undefined as never);
      expect(state.stacks.get('jetway-vpc')?.StackStatus).toBe('CREATE_COMPLETE');
    },
  },
  {
    name: 'answers are lost, and calls throttled',
    script: {
      'cloudformation:executeChangeSet': [
        loseReply('CloudFormation.SdkClientException'),
        refuse('CloudFormation.InvalidChangeSetStatusException', 'is being executed'),
      ],
      'cloudformation:createChangeSet': [loseReply('States.Timeout'), NO],
      'cloudformation:describeStacks': [asUsual, NO, NO],
      'cloudformation:deleteStack': [NO, loseReply('States.Timeout')],
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'an old stack cannot be deleted',
    arrange: (world) => {
      world.state.failing.add('jetway-budget');
      mendedBy(({ state }) => void state.failing.delete('jetway-budget'))(world);
    },
    facts: mended('BlueprintApplied'),
    ends: 'ACTIVE',
    check: stopped('blueprint', 'StackNotDeleted', /jetway-budget \(DELETE_FAILED\): Role: The role/),
  },
  {
    name: 'an old stack stays and nobody says why',
    arrange: ({ state }) => void state.failing.add('jetway-budget'),
    script: { 'cloudformation:describeStackEvents': times(20, NO) },
    asks: { repair: ['silence'] },
    facts: [PREVIEWED, STARTED, 'ChangeStopped'],
    ends: 'QUARANTINED',
    check: stopped('blueprint', 'StackNotDeleted', /jetway-budget/),
  },
  {
    name: 'the instances of an old set cannot be deleted',
    arrange: ({ state }) => void state.sets.failing.set('eu-central-1', 'bucket is not empty'),
    asks: { repair: ['silence'] },
    facts: [PREVIEWED, STARTED, 'ChangeStopped'],
    ends: 'QUARANTINED',
    check: (walked, { state }) => {
      stopped(
        'blueprint',
        'StackSetFailed',
        /eu-central-1: INOPERABLE.*bucket is not empty/,
      )(walked, undefined as never);
      expect(state.sets.instances.get(OLD_SET)).toHaveLength(1);
    },
  },
  {
    name: 'an instance of an old set is busy for longer than anybody waits, and deleted all the same',
    arrange: ({ state }) => {
      const [first, second] = state.sets.instances.get(OLD_SET)!;
      state.sets.instances.set(OLD_SET, [{ ...first!, detailed: 'RUNNING' }, second!]);
    },
    facts: SMOOTH,
    ends: 'ACTIVE',
  },
  {
    name: 'a policy cannot be detached',
    script: { 'organizations:detachPolicy': [refuse('Organizations.AccessDeniedException', 'no')] },
    facts: mended('GuardrailsAttached'),
    ends: 'ACTIVE',
    check: stopped('guardrails', 'Organizations.AccessDeniedException', /no/),
  },
  {
    name: 'the last look finds something, and is taken again',
    script: { 'cloudtrail:getTrailStatus': [() => ({ IsLogging: false })] },
    facts: mended('AccountChanged'),
    ends: 'ACTIVE',
    check: stopped('verify', 'NotConfirmed', /not logging/),
  },
];
