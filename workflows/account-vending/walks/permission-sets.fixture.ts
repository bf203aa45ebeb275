import { expect } from 'vitest';
import { answer, refuse, times } from '../../walk.fixture.ts';
import { permissionSetArn } from '../permission-sets.fixture.ts';
import { callsOf, factData, type Walk } from '../vend.fixture.ts';
import { repaired, smooth } from './access.fixture.ts';

const POLICIES = ['arn:aws:iam::aws:policy/SecurityAudit', 'arn:aws:iam::aws:policy/ViewOnlyAccess'];
const AUDITOR = { arn: permissionSetArn(2), name: 'jetway-Auditor', inline: '' };
const EMPTY = answer({ PermissionSets: [] });
const NO_POLICIES = answer({ AttachedManagedPolicies: [] });
const CONFLICT = refuse('SsoAdmin.ConflictException');

/** Permission sets that Jetway ships: one of two policies, which the plan could not know the ARN of. */
export const permissionSets: Walk[] = [
  smooth('a permission set is made with its policies, then assigned, and the fact says so', {
    check: (walked, { state }) => {
      expect(state.permissionSets.at(-1)).toEqual({ ...AUDITOR, policies: POLICIES });
      expect(factData(walked, 'AccessAssigned')).toMatchObject({
        permissionSets: [
          {
            permissionSet: 'jetway-Auditor',
            permissionSetArn: AUDITOR.arn,
            how: 'made',
            managedPolicies: POLICIES,
          },
        ],
        assignments: [{ permissionSet: 'AdministratorAccess' }, { permissionSet: 'jetway-Auditor' }],
      });
      expect(state.assignments.map((one) => one.PermissionSetArn)).toContain(AUDITOR.arn);
      const attached = walked.calls.map(({ action }) => action);
      expect(attached.lastIndexOf('ssoadmin:attachManagedPolicyToPermissionSet')).toBeLessThan(
        attached.indexOf('ssoadmin:createAccountAssignment'),
      );
    },
  }),
  smooth('the plan knows it: nothing is made, its policies are read', {
    plan: {
      permissionSets: [
        {
          name: AUDITOR.name,
          description: 'x',
          sessionDuration: 'PT4H',
          managedPolicies: POLICIES,
          permissionSetArn: AUDITOR.arn,
        },
      ],
    },
    arrange: ({ state }) => void state.permissionSets.push({ ...AUDITOR, policies: [...POLICIES] }),
    check: (walked) => {
      expect(callsOf(walked, 'ssoadmin:createPermissionSet')).toEqual([]);
      expect(callsOf(walked, 'ssoadmin:attachManagedPolicyToPermissionSet')).toEqual([]);
      expect(factData(walked, 'AccessAssigned')).toMatchObject({ permissionSets: [{ how: 'found' }] });
    },
  }),
  smooth('another vend has just made it, is listed late, and has attached one policy of two', {
    arrange: ({ state }) => void state.permissionSets.push({ ...AUDITOR, policies: POLICIES.slice(0, 1) }),
    script: () => ({ 'ssoadmin:listPermissionSets': [EMPTY] }),
    check: (walked, { state }) => {
      expect(state.permissionSets.filter(({ name }) => name === AUDITOR.name)).toEqual([
        { ...AUDITOR, policies: POLICIES },
      ]);
      expect(callsOf(walked, 'ssoadmin:attachManagedPolicyToPermissionSet')).toHaveLength(1);
    },
  }),
  smooth('a policy is listed late: it is not attached twice', {
    script: () => ({
      'ssoadmin:listManagedPoliciesInPermissionSet': times(2, NO_POLICIES),
    }),
    check: (_, { state }) => expect(state.permissionSets.at(-1)?.policies).toEqual(POLICIES),
  }),
  repaired('it exists and is never listed', 'PermissionSetNotMade', {
    arrange: ({ state }) => void state.permissionSets.push({ ...AUDITOR, policies: [...POLICIES] }),
    script: () => ({ 'ssoadmin:listPermissionSets': times(11, EMPTY) }),
  }),
  repaired('its policies are never listed', 'PolicyNotAttached', {
    script: () => ({ 'ssoadmin:listManagedPoliciesInPermissionSet': times(31, NO_POLICIES) }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('SecurityAudit'),
  }),
  repaired('it may not be made; a resume makes it', 'SsoAdmin.AccessDeniedException', {
    script: () => ({ 'ssoadmin:createPermissionSet': [refuse('SsoAdmin.AccessDeniedException')] }),
    check: (_, { state }) => expect(state.permissionSets.at(-1)).toEqual({ ...AUDITOR, policies: POLICIES }),
  }),
  repaired(
    'a policy may not be attached; a resume finds the set and attaches it',
    'SsoAdmin.AccessDeniedException',
    {
      script: () => ({
        'ssoadmin:attachManagedPolicyToPermissionSet': [refuse('SsoAdmin.AccessDeniedException')],
      }),
      check: (walked, { state }) => {
        expect(state.permissionSets.filter(({ name }) => name === AUDITOR.name)).toHaveLength(1);
        expect(factData(walked, 'AccessAssigned')).toMatchObject({ permissionSets: [{ how: 'found' }] });
      },
    },
  ),
  smooth('attaching meets another change in progress', {
    script: () => ({ 'ssoadmin:attachManagedPolicyToPermissionSet': [CONFLICT] }),
    check: (_, { state }) => expect(state.permissionSets.at(-1)?.policies).toEqual(POLICIES),
  }),
];
