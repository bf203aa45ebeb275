import { describe, expect, it } from 'vitest';
import { samePerson } from '../access/principal.ts';
import { confirmApproval, type Decision, decisionText } from './decision.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const decision: Decision = {
  requestId: 'req-1',
  decision: 'approve',
  decidedBy: 'ben@example.com',
  decidedAt: '2026-03-04T10:00:00.000Z',
  via: 'chat',
  planDigest: digest('a'),
  comment: null,
};
const good: Parameters<typeof confirmApproval>[0] = {
  decision,
  signatureValid: true,
  cancelled: false,
  open: true,
  requestedBy: 'ana@example.com',
  planDigest: digest('a'),
  askedDigest: digest('a'),
  samePerson,
};

describe('the last look before the point of no return', () => {
  it('confirms a signed approval of another person for this plan', () => {
    expect(confirmApproval(good)).toEqual({ outcome: 'confirmed' });
  });

  it.each<[string, string, Partial<typeof good>]>([
    ['no decision', 'no-approval', { decision: undefined }],
    ['no signature of ours', 'approval-forged', { signatureValid: false }],
    ['a denial', 'not-approved', { decision: { ...decision, decision: 'deny' } }],
    ['an approval of another plan', 'plan-differs', { decision: { ...decision, planDigest: digest('b') } }],
    ['a plan that was exchanged here', 'plan-differs', { planDigest: digest('b') }],
    ['a plan that was exchanged in the workflow', 'plan-differs', { askedDigest: digest('b') }],
    ['an ask without a digest', 'plan-differs', { askedDigest: '' }],
    ['a request that gave its address back', 'ended', { open: false }],
    ['a self-approval', 'self-approval', { requestedBy: 'ben@example.com' }],
    ['a self-approval in another spelling', 'self-approval', { requestedBy: ' Ben@Example.com' }],
  ])('refuses %s', (_what, code, changes) => {
    expect(confirmApproval({ ...good, ...changes })).toEqual({
      outcome: 'refused',
      code,
      detail: expect.stringMatching(/\w/),
    });
  });

  it('puts a cancel before everything', () => {
    expect(confirmApproval({ ...good, cancelled: true, signatureValid: false })).toEqual({
      outcome: 'cancelled',
    });
  });
});

describe('the signed text', () => {
  it.each<[keyof Decision, unknown]>([
    ['requestId', 'req-2'],
    ['decision', 'deny'],
    ['decidedBy', 'eve@example.com'],
    ['decidedAt', '2026-03-04T10:00:00.001Z'],
    ['via', 'api'],
    ['planDigest', digest('b')],
    ['comment', 'fine'],
  ])('covers %s', (member, value) => {
    expect(decisionText({ ...decision, [member]: value } as Decision)).not.toBe(decisionText(decision));
  });

  it('does not depend on what else the row has', () => {
    expect(decisionText({ ...decision, signature: 'x' } as Decision)).toBe(decisionText(decision));
  });
});
