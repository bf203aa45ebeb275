import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerFact, smoothVend } from '../ledger/fact.fixture.ts';
import { foldRequest } from '../ledger/request-view.ts';
import { plain, settledText } from './message.ts';

describe('words of people', () => {
  it.each([
    ['a line break', 'x\nWhere: Sandbox', 'x Where: Sandbox'],
    ['a carriage return', 'x\r\nCost: 0', 'x Cost: 0'],
    ['separators of lines and paragraphs', 'x\u2028y\u2029z', 'x y z'],
    ['a next-line control and a vertical tab', 'x\u0085y\u000bz', 'x y z'],
    ['what turns the text around', 'approve \u202eyned\u202c \u2066a\u2069', 'approve yned a'],
    ['what has no width', 'ad\u200bmin\u200d\ufeff\u00ad', 'ad min'],
    ['fillers that show as nothing', 'a\u3164\u115f\u2800\u034fb', 'a b'],
    ['variation selectors and tags', 'a\ufe0f\u{e0041}\u{e0100}b', 'a b'],
    ['wide gaps that would fake a new line', `a${' '.repeat(200)}Cost: 0\u00a0\u3000b`, 'a Cost: 0 b'],
    ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
    ['marks that reach into other lines', `a${'\u0300'.repeat(40)}`, '\u00e0\u0300\u0300\u0300'],
    ['nothing but that', '\u200b\u200b', ''],
  ])('keep no %s', (_what, given, shown) => {
    expect(plain(given)).toBe(shown);
  });

  it.each([
    ['p\u0430yments', 'p\u0430yments (mixed scripts)'],
    ['ask \u0430dmin-team please', 'ask \u0430dmin-team (mixed scripts) please'],
    ['\u039fps', '\u039fps (mixed scripts)'],
    // Wholly Cyrillic, wholly Latin to the eye.
    ['role \u0430\u0440\u0440\u0435', 'role \u0430\u0440\u0440\u0435 (look-alike letters)'],
    ['\u0410\u0421\u041c\u0415', '\u0410\u0421\u041c\u0415 (look-alike letters)'],
    [
      '\u{1d400}\u{1d429}\u{1d429}\u{1d42b}oved',
      '\u{1d400}\u{1d429}\u{1d429}\u{1d42b}oved (look-alike letters)',
    ],
    ['\uff21\uff30\uff29', '\uff21\uff30\uff29 (look-alike letters)'],
  ])('say beside %s what it is', (given, shown) => {
    expect(plain(given)).toBe(shown);
  });

  it.each([
    'PCI workload, go-live in March',
    'Größe für Müller & Søn, naïve café',
    'Для отдела платежей, запуск в марте',
    '支払いチーム用の本番アカウント',
    '결제 팀 계정 決濟',
    'λογαριασμός για την ομάδα',
    '5 µs, 20 °C, m², №7, 🚀',
    '<!channel> *bold* `code` <https://evil.example|security> <@U123> :white_check_mark:',
  ])('are left as they are: %s', (given) => {
    expect(plain(given)).toBe(given);
  });

  it('are one line, visible and bounded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 8, max: 200 }),
        (text, most) => {
          const shown = plain(text, most);
          expect(shown).not.toMatch(
            /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\p{Default_Ignorable_Code_Point}]/u,
          );
          expect(shown).not.toMatch(/ {2}/);
          expect(shown.length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it('are never cut in the middle of a character', () => {
    expect(plain('🚀'.repeat(10), 6)).toBe('🚀🚀…');
  });
});

describe('the line that takes the place of the buttons', () => {
  const settledAfter = (ending: object, ...more: Parameters<typeof ledgerFact>[]) =>
    settledText(foldRequest([...smoothVend.slice(0, 3), ...more.map((m) => ledgerFact(...m))]), ending);

  it('is absent while a decision is open', () => {
    expect(settledText(foldRequest([]))).toBeUndefined();
    expect(settledAfter({})).toBeUndefined();
  });

  it('names the end, who brought it about, and when', () => {
    const at = '2026-03-04T10:00:00.000Z';
    expect(
      settledAfter({ by: 'ben', at }, [
        'ApprovalDecided',
        0,
        { actor: 'ben', data: { decision: 'deny', comment: 'no\nApproved.' } },
      ]),
    ).toBe('The request was denied. ben denied it: no Approved. (2026-03-04 10:00 UTC)');
    expect(settledAfter({ at }, ['RequestExpired', 5])).toMatch(
      /^Nobody decided in time.*\(2026-03-04 10:00 UTC\)$/,
    );
    expect(settledAfter({ by: 'ana', at }, ['RequestCancelled', 5, { actor: 'ana' }])).toMatch(
      /^The request was cancelled\. ana /,
    );
    expect(settledAfter({}, ['RequestRejected', 5, { data: { code: 'ou-gone' } }])).toMatch(
      /^The organizational unit no longer exists/,
    );
    expect(settledAfter({ by: 'ben', at }, ['ApprovalDecided', 0, { data: { decision: 'approve' } }])).toBe(
      'Approved. ben said yes (2026-03-04 10:00 UTC).',
    );
  });
});
