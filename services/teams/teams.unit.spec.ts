import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted } from '../../test/support/counts.ts';
import type { ApprovalMessage } from '../chat/approval-message.ts';
import type { Key } from '../webhooks/standard.ts';
import { approvalCard, noteCard, workflowMessage } from './card.ts';
import { readCommand } from './command.ts';
import { verifyTeams } from './verify.ts';

const NOW = new Date('2026-03-04T10:00:00.000Z');
const key = (name: string): Key => ({ name, secret: randomBytes(32).toString('base64') });
const [first, second, foreign] = [key('first'), key('second'), key('foreign')];
const activityOf = (changes: object = {}) => ({
  type: 'message',
  id: '1741082400000',
  timestamp: NOW.toISOString(),
  text: '<at>Jetway</at> approve req-1 0123456789ab\n',
  from: { aadObjectId: '3b1f' },
  channelData: { tenant: { id: 'tenant-1' } },
  ...changes,
});
const sign = (raw: Uint8Array, by = first) =>
  `HMAC ${createHmac('sha256', Buffer.from(by.secret, 'base64')).update(raw).digest('base64')}`;
function signed(changes: object = {}, by = first) {
  const raw = new TextEncoder().encode(JSON.stringify(activityOf(changes)));
  return { raw, authorization: sign(raw, by) as string | undefined };
}
const verify = (
  { raw, authorization }: { raw: Uint8Array; authorization: string | undefined },
  keys = [first, second],
) => {
  const verified = verifyTeams(authorization, raw, keys, NOW);
  return verified === undefined || verified === 'unreadable' ? verified : verified.key.name;
};
const flip = (data: Uint8Array, bit: number) =>
  data.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

/** In place; again, it is as before. */
function turn(data: Uint8Array, bit: number): void {
  data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

describe('a message of a Teams outgoing webhook', () => {
  it('is accepted for each active key', () => {
    expect(verify(signed())).toBe('first');
    expect(verify(signed({}, second))).toBe('second');
    expect(verify(signed({}, foreign))).toBeUndefined();
    expect(verify(signed(), [])).toBeUndefined();
  });

  it('counts for five minutes on both sides of our clock', () => {
    const at = (seconds: number) => ({ timestamp: new Date(NOW.getTime() + seconds * 1000).toISOString() });
    for (const seconds of [-300, 0, 300]) expect(verify(signed(at(seconds)))).toBe('first');
    for (const seconds of [-301, 301, -86_400, 86_400]) expect(verify(signed(at(seconds)))).toBeUndefined();
  });

  it('needs a sender, a tenant and a time', () => {
    for (const changes of [
      { from: { id: '29:1', name: 'Ana' } },
      { channelData: {} },
      { timestamp: 'now' },
      { timestamp: undefined },
      { type: 'invoke' },
      { text: 7 },
    ]) {
      expect(verify(signed(changes))).toBe('unreadable');
    }
  });

  it('takes no other way of writing its signature', () => {
    const good = signed();
    const text = good.authorization ?? '';
    const last = text.at(-2) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    // The same 32 bytes: base64 leaves two bits of its last character unused.
    const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    const twinText = `${text.slice(0, -2)}${twin}=`;
    expect(Buffer.from(twinText.slice(5), 'base64')).toEqual(Buffer.from(text.slice(5), 'base64'));
    for (const authorization of [
      twinText,
      text.replace('HMAC', 'hmac'),
      text.replace('HMAC ', 'HMAC  '),
      text.slice(5),
      text.slice(0, -1),
      `${text} `,
      `${text},${text}`,
      'HMAC ',
      '',
      undefined,
    ])
      expect(verify({ ...good, authorization })).toBeUndefined();
  });

  it('differs in one bit and is refused, for every bit of 100 of them', () => {
    for (let n = 0; n < 100; n++) {
      const good = signed({ id: String(n), text: `<at>Jetway</at> deny req-${n} 0123456789ab ä` });
      expect(verify(good)).toBe('first');
      for (let bit = 0; bit < good.raw.length * 8; bit++) {
        turn(good.raw, bit);
        if (verify(good, [first]) !== undefined) expect.fail(`body, bit ${bit}`);
        turn(good.raw, bit);
      }
      const text = Buffer.from(good.authorization ?? '', 'latin1');
      for (let bit = 0; bit < text.length * 8; bit++) {
        const authorization = Buffer.from(flip(text, bit)).toString('latin1');
        if (verify({ ...good, authorization }) !== undefined) expect.fail(`header, bit ${bit}`);
      }
    }
  });

  it(`is never accepted when it is forged, ${counted(1_000_000)} times`, () => {
    let state = 7;
    const below = (n: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % n;
    };
    const valid = Array.from({ length: 50 }, (_, n) => signed({ id: String(n) }));
    const late = [-1, 1].map((side) =>
      signed({ timestamp: new Date(NOW.getTime() + side * 301_000).toISOString() }),
    );
    const forgeries: ((good: ReturnType<typeof signed>) => ReturnType<typeof signed>)[] = [
      (g) => ({ ...g, raw: flip(g.raw, below(g.raw.length * 8)) }),
      (g) => ({ ...g, raw: g.raw.slice(0, below(g.raw.length)) }),
      (g) => ({ ...g, raw: Uint8Array.from([...g.raw, below(256)]) }),
      (g) => ({ ...g, authorization: `HMAC ${randomBytes(32).toString('base64')}` }),
      (g) => ({ ...g, authorization: sign(g.raw, foreign) }),
      (g) => ({ ...g, authorization: undefined }),
      (g) => ({
        ...g,
        authorization:
          valid[below(49)]!.authorization === g.authorization ? 'HMAC' : valid[below(49)]!.authorization,
      }),
      () => late[below(2)]!,
    ];
    let accepted = 0;
    const total = counted(1_000_000);
    for (let n = 0; n < total; n++) {
      const good = valid[49]!;
      if (verify(forgeries[n % forgeries.length]!(good)) !== undefined) accepted++;
    }
    expect(accepted).toBe(0);
    expect(valid.every((good) => verify(good) === 'first')).toBe(true);
  });
});

describe('what a person writes to the bot', () => {
  it.each([
    ['<at>Jetway</at> approve req-1 0123456789ab', { decision: 'approve' }],
    ['<at>Jetway</at>&nbsp;approve req-1 0123456789ab\n', { decision: 'approve' }],
    ['<p><at id="0">Jetway</at>\u00a0approve&nbsp;req-1 sha256:0123456789ab</p>', { decision: 'approve' }],
    ['  approve   req-1\t0123456789abcdef ', { decision: 'approve', digest: '0123456789abcdef' }],
    [
      '<at>Jetway</at> deny req-1 0123456789ab too &amp; dear &lt;b&gt;',
      { decision: 'deny', comment: 'too & dear <b>' },
    ],
    ['deny req-1 0123456789ab &amp;lt;', { decision: 'deny', comment: '&lt;' }],
  ])('%j is a command', (text, expected) => {
    expect(readCommand(text)).toMatchObject({ requestId: 'req-1', digest: '0123456789ab', ...expected });
  });

  it.each([
    '',
    'approve',
    'approve req-1',
    'approve req-1 0123456789a',
    'approve req-1 0123456789AB',
    'approve req-1 0123456789abx',
    'Approve req-1 0123456789ab',
    'please approve req-1 0123456789ab',
    "don't approve req-1 0123456789ab",
    'approve all 0123456789ab',
    'approve req-1,req-2 0123456789ab',
    '<at>Jetway</at> <at>Bo</at> approve req-1 0123456789ab',
    '<b>approve</b> req-1 0123456789ab',
    '<blockquote>approve req-1 0123456789ab</blockquote>',
    'approve\u200b req-1 0123456789ab',
    'аpprove req-1 0123456789ab',
  ])('%j is none', (text) => expect(readCommand(text)).toBeUndefined());
});

describe('the card that asks', () => {
  const message = (changes: Partial<ApprovalMessage> = {}): ApprovalMessage => ({
    requestId: 'req-1',
    planDigest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    title: 'ana@example.com asks for the account payments-prod',
    why: 'PCI workload',
    fields: [{ label: 'Where', value: 'Workloads' }],
    sections: [{ title: 'Guardrails', lines: ['no root user'] }],
    unusual: ['administrators from outside'],
    summary: '',
    progress: null,
    settled: null,
    ...changes,
  });
  const page = 'https://jetway.example.com/requests/req-1';

  it('shows the plan, what is unusual first, and leads to the page', () => {
    const card = approvalCard(message(), page);
    const lines = card.body.map((b) => b.inlines.map((r) => r.text).join(''));
    expect(lines).toEqual([
      'ana@example.com asks for the account payments-prod',
      'Unusual',
      'administrators from outside',
      'Why',
      'PCI workload',
      'Where: Workloads',
      'Guardrails',
      'no root user',
      'Decide on the page, or write: approve req-1 0123456789ab',
    ]);
    expect(card).toMatchObject({
      type: 'AdaptiveCard',
      version: '1.5',
      actions: [{ type: 'Action.OpenUrl', url: page }],
    });
    expect(JSON.parse(workflowMessage(card))).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { version: '1.5' } }],
    });
  });

  it('has no element that reads markup, and one line for a word however it is written', () => {
    const honest = approvalCard(message(), page).body.length;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const evil = `${text}\n[x](https://evil.example) **b** {{DATE(2026-01-01T00:00:00Z)}}`;
        const card = approvalCard(message({ why: evil, title: evil, unusual: [evil] }), page);
        expect(card.body).toHaveLength(honest);
        expect(card.actions).toEqual(approvalCard(message(), page).actions);
        for (const { type, inlines } of card.body) {
          expect(type).toBe('RichTextBlock');
          for (const run of inlines) {
            expect(run.type).toBe('TextRun');
            expect(run.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\{\{/u);
          }
        }
        expect(card.fallbackText).not.toMatch(/\{\{/);
      }),
    );
  });

  it('stays within what Teams takes, and says that there is more', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `${i} ${'x'.repeat(2_000)}`);
    const card = approvalCard(message({ sections: [{ title: 'Stacks', lines }] }), page);
    expect(Buffer.byteLength(workflowMessage(card))).toBeLessThan(28 * 1024);
    expect(card.body.at(-2)?.inlines[0]?.text).toMatch(/more lines: open the page/);
  });

  it('is followed by a line of plain words', () => {
    expect(noteCard('Denied by bo@example.com', page).body).toMatchObject([
      { inlines: [{ text: 'Denied by bo@example.com' }] },
    ]);
  });
});
