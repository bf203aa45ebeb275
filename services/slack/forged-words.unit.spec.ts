import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { examplePlan } from '../../workflows/account-vending/plan.fixture.ts';
import { made, today } from '../account-changes/account-change.fixture.ts';
import { planAccountChange } from '../account-changes/plan-account-change.ts';
import { accountChangeMessage } from '../chat/account-change-message.ts';
import { accountMessage } from '../chat/account-message.ts';
import { type ApprovalMessage, type Asked, messageText } from '../chat/approval-message.ts';
import { settledText } from '../chat/message.ts';
import { unitChangeMessage } from '../chat/unit-change-message.ts';
import { ledgerFact } from '../ledger/fact.fixture.ts';
import { foldRequest } from '../ledger/request-view.ts';
import { changeWith, unitChangePlanWith } from '../organizational-units/unit-change.fixture.ts';
import { contextWith } from '../planning/context.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import type { Markdown, MessageBlock, PlainText } from './block-kit.ts';
import { approvalBlocks, escaped } from './blocks.ts';

const change = planAccountChange({
  requestId: 'req-1',
  accountId: '444455556666',
  from: { requestId: made.requestId, planDigest: made.digest },
  before: made,
  wanted: requestWith(),
  after: today({ guardrails: ['AWS-GR_RESTRICTED_SSH'] }),
  known: contextWith(),
});
if ('errors' in change) throw new Error(JSON.stringify(change.errors));

/** Every kind of message with these words wherever a person, or AWS, may have written some. */
const kinds: Record<string, (words: string) => Asked> = {
  account: (words) =>
    accountMessage({
      requestedBy: words,
      body: {
        ...requestWith(),
        justification: words,
        owner: { email: words, firstName: words, lastName: words },
        account: { name: words, email: words, organizationalUnitId: 'ou-ab12-workloads' },
        blueprint: { name: words, parameters: {} },
      },
      plan: {
        ...examplePlan,
        organization: { ...examplePlan.organization, organizationalUnitName: words },
        access: [{ principal: words, permissionSet: words, principalType: 'GROUP' }],
        permissionSets: [],
        warnings: [words, 'one'],
      },
      explained: [words, 'two'],
    }),
  unit: (words) =>
    unitChangeMessage({
      requestedBy: words,
      body: { ...changeWith(), reason: words },
      plan: unitChangePlanWith({
        accounts: [{ accountId: '444455556666', name: words }],
        warnings: [words],
      }),
    }),
  change: (words) =>
    accountChangeMessage({
      requestedBy: words,
      body: { accountId: '444455556666', guardrails: [], reason: words },
      plan: {
        ...change.plan,
        target: { ...change.plan.target, account: { ...change.plan.target.account, name: words } },
        summary: [words],
        warnings: [words],
      },
      previewed: [{ stackName: words, changes: [words, 'Remove X'] }],
    }),
};

const whole = (asked: Asked, settled: string | null): ApprovalMessage => ({
  requestId: 'req-1',
  planDigest: `sha256:${'0'.repeat(64)}`,
  ...asked,
  progress: null,
  settled,
});
const prompt = {
  id: 'p'.repeat(32),
  planDigest: `sha256:${'0'.repeat(64)}`,
  pageUrl: 'https://jetway.example.com/requests/req-1',
};

/** Everything of the blocks but the words themselves. */
const shapeOf = (blocks: readonly MessageBlock[]): unknown =>
  JSON.parse(JSON.stringify(blocks), (key, value) =>
    key === 'text' && typeof value === 'string' ? value.split('\n').length : value,
  );

const textsOf = (blocks: readonly MessageBlock[]): (PlainText | Markdown)[] => {
  const found: (PlainText | Markdown)[] = [];
  JSON.stringify(blocks, (_key, value) => {
    if (value?.type === 'plain_text' || value?.type === 'mrkdwn') found.push(value);
    return value;
  });
  return found;
};

/** What forgers try, and whatever else there is. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\u2028',
        '\u0085',
        'Cost: 0.00 USD a month',
        'Request req-2',
        'Approved.',
        '<!channel>',
        '<!here|x>',
        '<@U0123>',
        '<https://evil.example|the plan>',
        '*bold*',
        '_i_',
        '~s~',
        '```',
        '`',
        '&lt;',
        ':white_check_mark:',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u3164',
        '\u0430dmin',
        '• ',
        '> quote',
        '"},{"type":"divider"},{"',
        ' '.repeat(80),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

/** Whatever any program might take for the end of a line. */
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

describe.each(Object.entries(kinds))('a message about %s', (_kind, make) => {
  const harmless = whole(make('harmless'), null);
  const honestLines = messageText(harmless)
    .split('\n')
    .map((line) => line.split(':')[0]);
  const honestShape = shapeOf(approvalBlocks(harmless, prompt));

  it('has the lines and the blocks of a harmless one, whatever people wrote', () => {
    fc.assert(
      fc.property(hostile, (words) => {
        const message = whole(make(words), null);
        const lines = messageText(message).split(LINE_BREAK);
        expect(lines).toHaveLength(honestLines.length);
        // The first word of a line that is not the title is ours.
        for (const [i, line] of lines.entries())
          if (i > 0 && !honestLines[i]?.includes('harmless')) expect(line.split(':')[0]).toBe(honestLines[i]);
        expect(shapeOf(approvalBlocks(message, prompt))).toEqual(honestShape);
      }),
    );
  });

  it('has markup in headings of ours only, and nothing invisible', () => {
    fc.assert(
      fc.property(hostile, (words) => {
        for (const text of textsOf(approvalBlocks(whole(make(words), null), prompt))) {
          expect(text.text).not.toMatch(/[\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\r]/u);
          if (text.type === 'plain_text') expect(text.emoji).toBe(false);
          else expect(text.text).toMatch(/^\*[^*_~`<>&\n]*\*$/);
        }
      }),
    );
  });

  it('keeps to the limits of Slack, however long the words are', () => {
    const long = Array.from({ length: 90 }, () => 'x'.repeat(2_000));
    const blocks = approvalBlocks(
      {
        ...whole(make('w'.repeat(5_000)), 's'.repeat(5_000)),
        unusual: long,
        fields: long.map((value) => ({ label: 'l'.repeat(300), value: value.repeat(2) })),
        sections: long.map((title) => ({ title, lines: long })),
      },
      prompt,
    );
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(blocks)).toMatch(/… and \d+ more/);
    for (const block of blocks) {
      if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
      if (block.type !== 'section') continue;
      if ('fields' in block) {
        expect(block.fields.length).toBeLessThanOrEqual(10);
        for (const { text } of block.fields) expect(text.length).toBeLessThanOrEqual(2_000);
      } else expect(block.text.text.length).toBeLessThanOrEqual(3_000);
    }
  });
});

describe('the end of a request in the words of who denied it', () => {
  it('is one line', () => {
    fc.assert(
      fc.property(hostile, (words) => {
        const denied = ledgerFact('ApprovalDecided', 0, {
          actor: words,
          data: { decision: 'deny', comment: words },
        });
        const settled = settledText(foldRequest([denied]), { by: words, at: '2026-03-04T10:00:00.000Z' });
        expect(settled?.split(LINE_BREAK)).toHaveLength(1);
        const blocks = approvalBlocks(whole(kinds.account!('x'), settled ?? ''), prompt);
        const acts = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
        expect(acts.map(({ action_id }) => action_id)).toEqual(['jetway-page']);
      }),
    );
  });
});

describe('the text beside the blocks', () => {
  it('holds no mention and no link', () => {
    fc.assert(
      fc.property(hostile, (words) => {
        expect(escaped(words)).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
      }),
    );
  });
});
