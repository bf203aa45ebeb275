import { describe, expect, it } from 'vitest';
import { type AlertLine, alertMessage } from './alert-message.ts';
import { messageText } from './approval-message.ts';

const line = (changes: Partial<AlertLine> = {}): AlertLine => ({
  accountId: '444455556666',
  accountName: 'payments-prod',
  rule: 'jetway-volumes',
  control: 'AWS-GR_ENCRYPTED_VOLUMES',
  turned: 1,
  resources: ['vol-1'],
  ...changes,
});

describe('the message about new violations', () => {
  it('has a line for each account and rule, whenever they turned', () => {
    const message = alertMessage('payments', [
      line(),
      line({ accountId: '111122223333', accountName: null, control: null }),
      line({ turned: 7, resources: ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'vol-5'] }),
    ]);
    expect(message.title).toBe('New violations of the team payments: 9 in 2 accounts');
    expect(message.sections).toEqual([
      {
        title: 'In violation',
        lines: [
          'AWS-GR_ENCRYPTED_VOLUMES in payments-prod (444455556666): 8 resources, vol-1, vol-2, vol-3, vol-4, vol-5 and 3 more',
          'jetway-volumes in 111122223333: 1 resource, vol-1',
        ],
      },
    ]);
    expect(messageText(message).split('\n')[0]).toBe(`${message.title}.`);
    expect(messageText(message)).not.toContain('Request');
  });

  it('tells drift apart, in words of its own', () => {
    const stack = line({ rule: 'jetway:stack-drift', control: null, resources: ['jetway-vpc/Group'] });
    const gone = line({ rule: 'jetway:control-missing', control: null, resources: ['jetway-aaaa/C1'] });
    const alone = alertMessage('payments', [stack, gone]);
    expect(alone.title).toBe('Drift of the team payments: 2 in 1 account');
    expect(alone.sections).toEqual([
      {
        title: 'Not as approved any more',
        lines: [
          'Changed beside the plan in payments-prod (444455556666): 1 resource, jetway-vpc/Group',
          'Guardrails gone or changed in payments-prod (444455556666): 1, jetway-aaaa/C1',
        ],
      },
    ]);
    const both = alertMessage('payments', [line(), stack]);
    expect(both.title).toBe(
      'New violations and drift of the team payments: 1 in 1 account, drift 1 in 1 account',
    );
    expect(both.sections.map(({ title }) => title)).toEqual(['In violation', 'Not as approved any more']);
    expect(both.settled).toContain('drift is never excepted');
  });

  it('is bounded, and says how much it leaves out', () => {
    const many = Array.from({ length: 500 }, (_, i) => line({ accountId: String(100_000_000_000 + i) }));
    const { title, sections } = alertMessage('*', many);
    expect(title).toBe('New violations of accounts of no team: 500 in 500 accounts');
    expect(sections[0]?.lines).toHaveLength(41);
    expect(sections[0]?.lines.at(-1)).toBe('and 460 more lines');
  });

  it('shows names of others as plain text on one line', () => {
    const [shown] =
      alertMessage('payments', [line({ resources: ['a\nApproved. *by* <@U1>\u202e'] })]).sections[0]?.lines ??
      [];
    expect(shown).toContain('a Approved. *by* <@U1>');
    expect(shown).not.toMatch(/[\n\u202e]/);
  });
});
