import { unitChangePlanWith } from '../../../services/organizational-units/unit-change.fixture.ts';
import { refuse } from '../../walk.fixture.ts';
import type { Walk } from '../change.fixture.ts';
import { DENIED, ended, rejected, smooth, UNSENT } from './shared.fixture.ts';

export const before: Walk[] = [
  ended('denied', { asks: { approval: [{ outcome: 'denied' }] } }),
  ended('an answer that says nothing is no approval', { asks: { approval: [{}] } }),
  ended('nobody decides in time', { asks: { approval: ['silence'] }, facts: ['RequestExpired'] }),
  smooth('somebody decides after a reminder', {
    plan: {
      approvals: {
        ...unitChangePlanWith().approvals,
        timers: [
          { seconds: 60, act: 'remind' },
          { seconds: 60, act: 'expire' },
        ],
      },
    },
    asks: { approval: ['silence', { outcome: 'approved' }] },
  }),
  rejected('the approval cannot be asked for', 'approval', 'check-failed', {
    script: () => ({ 'ask:approval': UNSENT }),
  }),
  rejected('the unit is gone', 'recheck', 'ou-gone', {
    arrange: ({ state }) => {
      state.unitExists = false;
    },
  }),
  rejected('the unit cannot be read', 'recheck', 'check-failed', {
    script: () => ({
      'organizations:describeOrganizationalUnit': [refuse('Organizations.AccessDeniedException')],
    }),
  }),
  rejected('the unit is not registered', 'recheck', 'ou-not-registered', {
    arrange: ({ state }) => {
      state.baseline = 'NONE';
    },
  }),
  rejected('the baseline cannot be read', 'recheck', 'check-failed', {
    script: () => ({ 'controltower:listEnabledBaselines': [DENIED] }),
  }),
  smooth('the unit is under change for a moment', {
    script: ({ state }) => ({
      'controltower:listEnabledBaselines': [
        (real) => {
          state.baseline = 'UNDER_CHANGE';
          return real();
        },
        (real) => {
          state.baseline = 'SUCCEEDED';
          return real();
        },
      ],
    }),
  }),
  rejected('the approval is refused', 'confirm', 'approval-forged', {
    asks: { 'confirm-approval': [{ outcome: 'refused', code: 'approval-forged', detail: 'No.' }] },
  }),
  rejected('an answer that says nothing confirms nothing', 'confirm', 'approval-refused', {
    asks: { 'confirm-approval': [{}] },
  }),
  ended('cancelled at the last moment', { asks: { 'confirm-approval': [{ outcome: 'cancelled' }] } }),
  rejected('the approval is not confirmed in time', 'confirm', 'confirmation-timed-out', {
    asks: { 'confirm-approval': ['silence'] },
  }),
  rejected('the confirmation cannot be asked for', 'confirm', 'check-failed', {
    script: () => ({ 'ask:confirm-approval': UNSENT }),
  }),
  rejected('the beginning cannot be told', 'confirm', 'check-failed', {
    script: () => ({ 'fact:ChangeStarted': UNSENT }),
  }),
];
