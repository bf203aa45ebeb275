import { expect } from 'vitest';
import { asUsual, loseReply, refuse } from '../../walk.fixture.ts';
import type { Walk } from '../change.fixture.ts';
import { callsOf, dataOf, outcomes, smooth, VOLUMES, VPN, writesOf } from './shared.fixture.ts';

export const acting: Walk[] = [
  smooth('each control, one after another', {
    check: (walked, { state }) => {
      expect(outcomes(walked)).toEqual(['enabled', 'enabled', 'disabled']);
      expect([...state.controls.keys()]).toEqual([VOLUMES, VPN]);
      expect(callsOf(walked, 'enableControl').map((c) => c.arguments)).toEqual([
        { ControlIdentifier: VOLUMES, TargetIdentifier: expect.stringContaining('ou-ab12-workloads') },
        {
          ControlIdentifier: VPN,
          TargetIdentifier: expect.stringContaining('ou-ab12-workloads'),
          Parameters: [
            { Key: 'ExemptedPrincipalArns', Value: ['arn:aws:iam::444455556666:role/network-admin'] },
          ],
        },
      ]);
      expect(dataOf(walked, 'GuardrailsAttached')).toEqual({
        organizationalUnitId: 'ou-ab12-workloads',
        enabled: ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_DISALLOW_VPN_CONNECTIONS'],
        disabled: ['AWS-GR_RESTRICT_ROOT_USER'],
        inherited: [],
      });
    },
  }),
  smooth('only something to disable', {
    plan: { enable: [] },
    facts: ['ChangeStarted', 'ControlChanged', 'GuardrailsAttached', 'ChangeCompleted'],
    check: (walked, { state }) => {
      expect(state.controls.size).toBe(0);
      expect(dataOf(walked, 'ChangeCompleted')).toMatchObject({
        enabled: [],
        disabled: ['AWS-GR_RESTRICT_ROOT_USER'],
      });
    },
  }),
  smooth('what is there already is left alone', {
    arrange: ({ state, enabledOf }) => {
      state.controls.clear();
      state.controls.set(VOLUMES, enabledOf('SUCCEEDED'));
      state.controls.set(
        VPN,
        enabledOf('SUCCEEDED', [
          { Key: 'ExemptedPrincipalArns', Value: ['arn:aws:iam::444455556666:role/network-admin'] },
        ]),
      );
    },
    check: (walked) => {
      expect(writesOf(walked)).toEqual([]);
      expect(outcomes(walked)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    },
  }),
  smooth('other parameters are brought up to date', {
    arrange: ({ state, enabledOf }) =>
      void state.controls.set(
        VPN,
        enabledOf('SUCCEEDED', [{ Key: 'ExemptedPrincipalArns', Value: ['arn:aws:iam::1:role/x'] }]),
      ),
    check: (walked) => {
      expect(outcomes(walked)).toEqual(['enabled', 'updated', 'disabled']);
      expect(callsOf(walked, 'updateEnabledControl')).toHaveLength(1);
    },
  }),
  smooth('a control that failed long ago and is listed is taken away first', {
    arrange: ({ state, enabledOf }) => void state.controls.set(VOLUMES, enabledOf('FAILED')),
    check: (walked) => {
      expect(writesOf(walked).length).toBe(4);
      expect(outcomes(walked)).toEqual(['enabled', 'enabled', 'disabled']);
    },
  }),
  smooth('somebody else changes the control just now', {
    arrange: ({ state, enabledOf }) => void state.controls.set(VOLUMES, enabledOf('UNDER_CHANGE')),
    script: ({ state, enabledOf }) => ({
      'controltower:listEnabledControls': [
        asUsual,
        asUsual,
        (real) => {
          state.controls.set(VOLUMES, enabledOf('SUCCEEDED'));
          return real();
        },
      ],
    }),
    check: (walked) => expect(outcomes(walked)[0]).toBe('unchanged'),
  }),
  smooth('the answer to EnableControl is lost: the second call is a conflict, and it is enabled once', {
    script: () => ({ 'controltower:enableControl': [loseReply('ControlTower.SdkClientException')] }),
    arrange: ({ state }) => {
      // The operation ends although nobody asks after it.
      const begun = state.controls.set.bind(state.controls);
      state.controls.set = (key, value) =>
        begun(
          key,
          key === VOLUMES && value.status === 'UNDER_CHANGE' ? { ...value, status: 'SUCCEEDED' } : value,
        );
    },
    check: (walked) => {
      expect(
        callsOf(walked, 'enableControl').filter((c) => JSON.stringify(c).includes(VOLUMES)),
      ).toHaveLength(2);
      expect(outcomes(walked)[0]).toBe('unchanged');
    },
  }),
  smooth('too many operations and throttling pass', {
    script: () => ({
      'controltower:enableControl': [
        refuse('ControlTower.ServiceQuotaExceededException'),
        refuse('ControlTower.ThrottlingException'),
      ],
      'controltower:disableControl': [refuse('ControlTower.ConflictException')],
    }),
  }),
];
