import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FailureSource, failureOf } from './failure.ts';
import { ACCOUNT_CHANGE_WORDS, ACCOUNT_WORDS, UNIT_CHANGE_WORDS } from './failure-words.ts';

const aws = {
  error: 'ServiceCatalog.InvalidParametersException',
  cause: 'No launch paths (Service: ServiceCatalog)',
};

describe('a failure', () => {
  const sources: FailureSource[] = [
    { kind: 'denied', by: 'ben@example.com', comment: 'no' },
    { kind: 'denied', by: undefined, comment: undefined },
    { kind: 'expired' },
    { kind: 'cancelled', by: undefined },
    { kind: 'rejected', data: {} },
    ...[
      'email-taken',
      'account-quota',
      'ou-gone',
      'ou-not-registered',
      'artifact-inactive',
      'policy-slots',
    ].map((code): FailureSource => ({ kind: 'rejected', data: { code, step: 'recheck', ...aws } })),
    { kind: 'quarantined', data: {} },
    ...[
      'provision',
      'enrol',
      'fence',
      'blueprint',
      'guardrails',
      'verify',
      'activate',
      'access',
      'unheard-of',
    ].map((step): FailureSource => ({ kind: 'quarantined', data: { step, ...aws } })),
    { kind: 'execution', data: {}, retriable: true },
    { kind: 'execution', data: aws, retriable: false },
  ];

  it.each(sources.map((source) => [JSON.stringify(source), source] as const))(
    'from %s says what to do',
    (_name, source) => {
      for (const text of Object.values(failureOf(source)).filter((v) => typeof v === 'string')) {
        expect(text).toMatch(/\w/);
        expect(text).not.toMatch(/undefined|\[object/);
      }
    },
  );

  it.each(sources.filter((s) => 'data' in s && 'cause' in s.data))(
    'keeps AWS’s own words: $kind $data.step',
    (source) => {
      expect(failureOf(source).detail).toContain('No launch paths (Service: ServiceCatalog)');
    },
  );

  it('keeps the code and the words of a refused confirmation', () => {
    const data = {
      step: 'confirm',
      code: 'approval-forged',
      detail: 'The recorded approval does not carry our signature.',
    };
    expect(failureOf({ kind: 'rejected', data })).toMatchObject({
      code: 'approval-forged',
      step: 'confirm',
      detail: data.detail,
      retriable: false,
    });
  });

  it('never proposes to try again before the point of no return, and always after it', () => {
    for (const source of sources) {
      const after = source.kind === 'quarantined' || (source.kind === 'execution' && source.retriable);
      expect(failureOf(source).retriable).toBe(after);
    }
  });
});

describe.each([
  ['account-vending', ACCOUNT_WORDS],
  ['account-change', ACCOUNT_CHANGE_WORDS],
  ['organizational-unit-change', UNIT_CHANGE_WORDS],
] as const)('every error that %s raises itself', (name, words) => {
  const machine = `../../workflows/${name}/${name}.asl.json`;
  const text = readFileSync(new URL(machine, import.meta.url), 'utf8');
  // A Fail state, or a failure in words of our own; `''` is a refusal, which has a code.
  const raised = [...text.matchAll(/"Error": "(\w+)"|'error': '(\w+)'/g)].map(([, fail, own]) => fail ?? own);

  it('has words of its own, and no words are left over', () => {
    expect([...new Set(raised)].sort()).toEqual(Object.keys(words.errors).sort());
    for (const { title, nextAction } of Object.values(words.errors)) {
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(nextAction).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('says them before those of its step', () => {
    const [[error, advice] = ['', undefined]] = Object.entries(words.errors);
    const failure = failureOf({ kind: 'quarantined', data: { step: 'verify', error, cause: 'x' } }, words);
    expect(failure).toMatchObject({ ...advice, code: 'verify-failed', detail: `${error}: x` });
  });
});
