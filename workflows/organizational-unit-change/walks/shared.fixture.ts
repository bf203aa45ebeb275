import { expect } from 'vitest';
import { refuse, times, type Walked } from '../../walk.fixture.ts';
import type { Walk } from '../change.fixture.ts';

const identifier = (id: string) => `arn:aws:controltower:us-east-1::control/${id}`;
export const VOLUMES = identifier('AWS-GR_ENCRYPTED_VOLUMES');
export const VPN = identifier('AWS-GR_DISALLOW_VPN_CONNECTIONS');
export const ROOT = identifier('AWS-GR_RESTRICT_ROOT_USER');
export const DENIED = refuse('ControlTower.AccessDeniedException', 'You do not have permissions.');
export const UNSENT = times(9, refuse('SQS.AmazonSQSException', 'Service Unavailable'));

export const CHANGED = ['ControlChanged', 'ControlChanged', 'ControlChanged'];
export const SMOOTH = ['ChangeStarted', ...CHANGED, 'GuardrailsAttached', 'ChangeCompleted'];
export const REPAIRED = ['ChangeStopped', 'ChangeResumed'];

export const dataOf = (walked: Walked, type: string, nth = 0): Record<string, unknown> =>
  walked.facts.filter((fact) => fact.type === type)[nth]!.data;
export const callsOf = (walked: Walked, action: string) =>
  walked.calls.filter((call) => call.action === `controltower:${action}`);
export const writesOf = (walked: Walked) =>
  ['enableControl', 'disableControl', 'updateEnabledControl'].flatMap((a) => callsOf(walked, a));
export const outcomes = (walked: Walked) =>
  walked.facts.filter((f) => f.type === 'ControlChanged').map((f) => f.data.outcome);

export const ended = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: [],
  ends: 'NOTHING_CHANGED',
  ...rest,
  check: (walked, world) => {
    expect(writesOf(walked)).toEqual([]);
    rest.check?.(walked, world);
  },
});
export const rejected = (name: string, step: string, code: string, rest: Partial<Walk>): Walk =>
  ended(name, {
    facts: ['RequestRejected'],
    ...rest,
    check: (walked) => expect(dataOf(walked, 'RequestRejected')).toMatchObject({ step, code }),
  });
export const smooth = (name: string, rest: Partial<Walk> = {}): Walk => ({
  name,
  facts: SMOOTH,
  ends: 'ACTIVE',
  ...rest,
});
/** Stops at the nth control, is resumed, and goes on there. */
export const mended = (name: string, nth: number, error: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: [
    'ChangeStarted',
    ...CHANGED.slice(0, nth),
    ...REPAIRED,
    ...CHANGED.slice(nth),
    'GuardrailsAttached',
    'ChangeCompleted',
  ],
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(dataOf(walked, 'ChangeStopped')).toMatchObject({ step: 'controls', error });
    rest.check?.(walked, world);
  },
});
