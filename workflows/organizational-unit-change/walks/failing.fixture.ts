import { expect } from 'vitest';
import { answer, asUsual, refuse, times } from '../../walk.fixture.ts';
import type { Walk } from '../change.fixture.ts';
import {
  CHANGED,
  callsOf,
  DENIED,
  dataOf,
  mended,
  REPAIRED,
  ROOT,
  SMOOTH,
  smooth,
  UNSENT,
  VOLUMES,
  VPN,
} from './shared.fixture.ts';

export const failing: Walk[] = [
  mended(
    'Control Tower fails to enable: its words, and the same control again',
    0,
    'ControlOperationFailed',
    {
      arrange: ({ state }) => void state.failing.set(VOLUMES, 'Account 444455556666 is suspended.'),
      check: (walked, { state }) => {
        expect(dataOf(walked, 'ChangeStopped')).toMatchObject({
          cause: 'AWS-GR_ENCRYPTED_VOLUMES: Account 444455556666 is suspended.',
          control: 'AWS-GR_ENCRYPTED_VOLUMES',
        });
        expect(state.controls.get(VOLUMES)?.status).toBe('SUCCEEDED');
        expect(callsOf(walked, 'disableControl')).toHaveLength(2);
      },
    },
  ),
  mended('it fails without a word', 1, 'ControlOperationFailed', {
    arrange: ({ state }) => void state.failing.set(VPN, ''),
    check: (walked) =>
      expect(dataOf(walked, 'ChangeStopped').cause).toContain('Control Tower gave no reason.'),
  }),
  mended('it fails to disable', 2, 'ControlOperationFailed', {
    arrange: ({ state }) => void state.failing.set(ROOT, 'Try again.'),
  }),
  {
    name: 'it fails again, and nobody mends it',
    arrange: ({ state }) => void state.failing.set(VPN, 'No.'),
    script: ({ state }) => ({
      'fact:ChangeResumed': [
        (real) => {
          state.failing.set(VPN, 'No again.');
          return real();
        },
      ],
    }),
    facts: ['ChangeStarted', 'ControlChanged', ...REPAIRED, 'ChangeStopped'],
    ends: 'QUARANTINED',
    check: (walked) => expect(dataOf(walked, 'ChangeStopped', 1).cause).toContain('No again.'),
  },
  mended('the call is refused', 0, 'ControlTower.ValidationException', {
    script: () => ({
      'controltower:enableControl': [
        refuse('ControlTower.ValidationException', 'The control cannot be deployed.'),
      ],
    }),
    check: (walked) => expect(dataOf(walked, 'ChangeStopped').cause).toBe('The control cannot be deployed.'),
  }),
  mended('the update is refused', 1, 'ControlTower.ValidationException', {
    arrange: ({ state, enabledOf }) =>
      void state.controls.set(VPN, enabledOf('SUCCEEDED', [{ Key: 'Other', Value: 'x' }])),
    script: () => ({ 'controltower:updateEnabledControl': [refuse('ControlTower.ValidationException')] }),
  }),
  mended('the operation cannot be read', 0, 'ControlTower.AccessDeniedException', {
    script: () => ({ 'controltower:getControlOperation': [DENIED] }),
    arrange: ({ state }) => {
      const begun = state.controls.set.bind(state.controls);
      state.controls.set = (key, value) =>
        begun(
          key,
          key === VOLUMES && value.status === 'UNDER_CHANGE' ? { ...value, status: 'SUCCEEDED' } : value,
        );
    },
  }),
  mended('the operation never ends', 0, 'ControlOperationTimedOut', {
    script: () => ({
      'controltower:getControlOperation': times(721, answer({ ControlOperation: { Status: 'IN_PROGRESS' } })),
    }),
    arrange: ({ state }) => {
      const begun = state.controls.set.bind(state.controls);
      state.controls.set = (key, value) =>
        begun(
          key,
          key === VOLUMES && value.status === 'UNDER_CHANGE' ? { ...value, status: 'SUCCEEDED' } : value,
        );
    },
    check: (walked) => expect(walked.events).toBeLessThan(15_000),
  }),
  mended('the controls cannot be listed', 0, 'ControlTower.AccessDeniedException', {
    script: () => ({ 'controltower:listEnabledControls': [DENIED] }),
  }),
  mended('the control cannot be read back', 0, 'ControlTower.AccessDeniedException', {
    script: () => ({ 'controltower:getEnabledControl': [DENIED] }),
  }),
  mended(
    'the operation succeeded and the control is not there: listed is not enabled, and neither is said',
    0,
    'ControlNotConfirmed',
    {
      script: () => ({
        'controltower:listEnabledControls': times(5, answer({ EnabledControls: [] })),
        'controltower:enableControl': times(4, (real) => {
          try {
            return real();
          } catch {
            return { OperationIdentifier: '00000000-0000-4000-8000-000000000000' };
          }
        }),
      }),
    },
  ),
  mended('what is read back is never what was said', 1, 'ControlNotConfirmed', {
    script: () => ({
      'controltower:getEnabledControl': [
        asUsual,
        ...times(
          126,
          answer({
            EnabledControlDetails: {
              Arn: 'arn:aws:controltower:us-east-1:111122223333:enabledcontrol/AAAAAAAAAAAAAAA1',
              StatusSummary: { Status: 'UNDER_CHANGE' },
            },
          }),
        ),
      ],
    }),
  }),
  mended('the word that a control is changed is lost', 0, 'SQS.AmazonSQSException', {
    script: () => ({ 'fact:ControlChanged': UNSENT }),
  }),
  {
    name: 'the word that all are changed is lost',
    script: () => ({ 'fact:GuardrailsAttached': UNSENT }),
    facts: ['ChangeStarted', ...CHANGED, ...REPAIRED, 'GuardrailsAttached', 'ChangeCompleted'],
    ends: 'ACTIVE',
    check: (walked) => expect(dataOf(walked, 'ChangeStopped')).not.toHaveProperty('control'),
  },
  smooth('the list settles late', {
    script: () => ({
      'controltower:listEnabledControls': [...times(12, asUsual), answer({ EnabledControls: [] })],
    }),
  }),
  {
    name: 'the last look finds less than was said',
    script: () => ({
      'controltower:listEnabledControls': [
        ...times(12, asUsual),
        ...times(6, answer({ EnabledControls: [] })),
      ],
    }),
    facts: [...SMOOTH.slice(0, -1), ...REPAIRED, 'ChangeCompleted'],
    ends: 'ACTIVE',
    check: (walked) =>
      expect(dataOf(walked, 'ChangeStopped')).toMatchObject({
        step: 'verify',
        error: 'ChangeNotConfirmed',
        cause: expect.stringContaining('AWS-GR_ENCRYPTED_VOLUMES, AWS-GR_DISALLOW_VPN_CONNECTIONS'),
      }),
  },
  {
    name: 'the last look is refused, and so is its word',
    script: () => ({
      'controltower:listEnabledControls': [...times(12, asUsual), DENIED],
      'fact:ChangeCompleted': UNSENT,
      'fact:ChangeResumed': UNSENT,
    }),
    facts: [...SMOOTH.slice(0, -1), ...REPAIRED, ...REPAIRED, 'ChangeCompleted'],
    asks: { repair: [{ outcome: 'resume' }] },
    ends: 'ACTIVE',
  },
  {
    name: 'an answer that says nothing mends nothing',
    arrange: ({ state }) => void state.failing.set(VOLUMES, 'No.'),
    asks: { repair: [{}, 'silence'] },
    facts: ['ChangeStarted', 'ChangeStopped'],
    ends: 'QUARANTINED',
  },
];
