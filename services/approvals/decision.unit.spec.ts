import { describe, expect, it } from 'vitest';
import { type Decision, decisionText } from './decision.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const decision: Decision = {
  requestId: 'req-1',
  decision: 'approve',
  decidedBy: 'ben@example.com',
  decidedAt: '2026-03-04T10:00:00.000Z',
  via: 'chat',
  planDigest: digest('a'),
  comment: null,
  stage: 0,
  onBehalfOf: null,
};

describe('the signed text', () => {
  it.each<[keyof Decision, unknown]>([
    ['requestId', 'req-2'],
    ['decision', 'deny'],
    ['decidedBy', 'eve@example.com'],
    ['decidedAt', '2026-03-04T10:00:00.001Z'],
    ['via', 'api'],
    ['planDigest', digest('b')],
    ['comment', 'fine'],
    ['stage', 1],
    ['stage', null],
    ['onBehalfOf', 'cem@example.com'],
  ])('covers %s', (member, value) => {
    expect(decisionText({ ...decision, [member]: value } as Decision)).not.toBe(decisionText(decision));
  });

  it('does not depend on what else the row has', () => {
    expect(decisionText({ ...decision, signature: 'x' } as Decision)).toBe(decisionText(decision));
  });

  it('of a decision without a stage is what was signed before there were stages', () => {
    expect(decisionText({ ...decision, stage: null })).toBe(
      `{"comment":null,"decidedAt":"2026-03-04T10:00:00.000Z","decidedBy":"ben@example.com","decision":"approve","planDigest":"${digest('a')}","requestId":"req-1","via":"chat"}`,
    );
  });
});
