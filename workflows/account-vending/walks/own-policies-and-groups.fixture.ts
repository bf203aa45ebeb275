import { expect } from 'vitest';
import { answer, loseReply, refuse, times } from '../../walk.fixture.ts';
import { groupId, permissionSetArn } from '../permission-sets.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { callsOf, factData, type Walk } from '../vend.fixture.ts';
import { repaired, smooth } from './access.fixture.ts';

const POLICY =
  '{"Statement":[{"Action":"ec2:StartInstances","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}';
const SPACED = JSON.stringify(JSON.parse(POLICY), null, 2);
const OTHER = POLICY.replace('Start', 'Terminate');
const SET = {
  name: 'jetway-Operator',
  description: 'x',
  sessionDuration: 'PT8H',
  managedPolicies: [],
  inlinePolicy: POLICY,
};
const HERE = { arn: permissionSetArn(2), name: SET.name, policies: [] };
const plan = {
  permissionSets: [SET],
  access: [{ ...examplePlan.access[1]!, permissionSet: SET.name }],
};

const GROUP = { name: 'payments-operators', description: 'Made by Jetway for access to accounts' };
const { principalId: _, ...nameless } = examplePlan.access[0]!;
const withGroup = { groups: [GROUP], access: [{ ...nameless, principal: GROUP.name }] };
const NO_GROUP = refuse('Identitystore.ResourceNotFoundException');

const puts = 'ssoadmin:putInlinePolicyToPermissionSet' as const;

/** A permission set with a policy of its own. */
export const inlinePolicies: Walk[] = [
  smooth('is put and read back before anybody is assigned', {
    plan,
    check: (walked, { state }) => {
      expect(state.permissionSets.at(-1)).toEqual({ ...HERE, inline: POLICY });
      const actions = walked.calls.map(({ action }) => action);
      expect(actions.lastIndexOf('ssoadmin:getInlinePolicyForPermissionSet')).toBeGreaterThan(
        actions.indexOf(puts),
      );
      expect(actions.lastIndexOf('ssoadmin:getInlinePolicyForPermissionSet')).toBeLessThan(
        actions.indexOf('ssoadmin:createAccountAssignment'),
      );
    },
  }),
  smooth('is left as it is when it says the same, written otherwise', {
    plan,
    arrange: ({ state }) => void state.permissionSets.push({ ...HERE, inline: SPACED }),
    check: (walked) => expect(callsOf(walked, puts)).toEqual([]),
  }),
  smooth('is put again when it is read late or meets another change', {
    plan,
    script: () => ({
      [puts]: [refuse('SsoAdmin.ConflictException'), loseReply('States.Timeout')],
      'ssoadmin:getInlinePolicyForPermissionSet': times(2, answer({})),
    }),
    check: (_, { state }) => expect(state.permissionSets.at(-1)?.inline).toBe(POLICY),
  }),
  repaired('is never overwritten: all accounts share it', 'InlinePolicyDiffers', {
    plan,
    arrange: ({ state }) => void state.permissionSets.push({ ...HERE, inline: OTHER }),
    script: ({ state }) => ({
      'ask:repair': [
        (real) => {
          state.permissionSets.at(-1)!.inline = POLICY;
          return real();
        },
      ],
    }),
    check: (walked) => {
      expect(callsOf(walked, puts)).toEqual([]);
      expect(factData(walked, 'AccountQuarantined').cause).toContain('ec2:TerminateInstances');
    },
  }),
  repaired('is never listed', 'PolicyNotAttached', {
    plan,
    script: () => ({ 'ssoadmin:getInlinePolicyForPermissionSet': times(31, answer({})) }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('inline policy'),
  }),
];

/** A group that Identity Center lacks. */
export const groups: Walk[] = [
  smooth('is made, found by its name, and assigned', {
    plan: withGroup,
    check: (walked, { state }) => {
      expect(state.groups).toEqual([{ id: groupId(1), name: GROUP.name }]);
      expect(factData(walked, 'AccessAssigned').groups).toEqual([
        { group: GROUP.name, groupId: groupId(1), how: 'made' },
      ]);
      expect(state.assignments.map((one) => one.PrincipalId)).toContain(groupId(1));
      const actions = walked.calls.map(({ action }) => action);
      const quarantineLifted = actions.lastIndexOf('organizations:detachPolicy');
      expect(quarantineLifted).toBeGreaterThan(0);
      expect(quarantineLifted).toBeLessThan(actions.indexOf('identitystore:createGroup'));
    },
  }),
  smooth('is there by now: nothing is made', {
    plan: withGroup,
    arrange: ({ state }) => void state.groups.push({ id: groupId(7), name: GROUP.name }),
    check: (walked, { state }) => {
      expect(callsOf(walked, 'identitystore:createGroup')).toEqual([]);
      expect(state.assignments.map((one) => one.PrincipalId)).toContain(groupId(7));
    },
  }),
  smooth('is made once when the reply is lost, and found late', {
    plan: withGroup,
    script: () => ({
      'identitystore:createGroup': [loseReply('States.Timeout')],
      'identitystore:getGroupId': times(3, NO_GROUP),
    }),
    check: (_, { state }) => expect(state.groups).toHaveLength(1),
  }),
  repaired('has a taken name and is never found', 'GroupNotMade', {
    plan: withGroup,
    script: () => ({ 'identitystore:getGroupId': times(11, NO_GROUP) }),
  }),
  repaired('may not be made; a resume makes it', 'Identitystore.AccessDeniedException', {
    plan: withGroup,
    script: () => ({ 'identitystore:createGroup': [refuse('Identitystore.AccessDeniedException')] }),
    check: (_, { state }) => expect(state.groups).toHaveLength(1),
  }),
];
