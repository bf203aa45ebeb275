import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from './catalogue.ts';
import { chooseControls } from './choose.ts';
import { type ChainLevel, evaluatePolicies, type PolicyRequest } from './evaluate.ts';
import { ACCOUNT, deny, FULL, iam, policy, type Statement, session } from './iam-cases/case.fixture.ts';
import { OPERATORS } from './operators.ts';
import { guardrailLevel } from './simulate.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const binding = catalogue.controls.filter((control) => control.statements !== undefined);
const statements = binding.flatMap((control) => control.statements ?? []);
const concrete = (pattern: string): string => pattern.replaceAll('*', 'x').replaceAll('?', 'y');

/** Keys that a request of an organization's account always has: a whole context cannot lack them. */
const ALWAYS = {
  'aws:PrincipalOrgID': ['o-exampleorg1', 'o-other'],
  'aws:SecureTransport': ['true', 'false'],
  'aws:UserAgent': ['v', 'w'],
};
const SOMETIMES = [
  ...new Set(statements.flatMap(({ conditions }) => conditions.map(({ key }) => key))),
  ...['a:k', 'aws:TagKeys', 'aws:SourceIp', 'aws:PrincipalTag/x', 'aws:ResourceAccount'],
].filter((key) => !(key in ALWAYS) && !/^aws:(principalarn|requestedregion)$/i.test(key));
const VALUES = [
  ...new Set(statements.flatMap(({ conditions }) => conditions.flatMap(({ values }) => values))),
  ...['v', 'w', '', '5', '10', 'true', 'false', '2026-01-01T00:00:00Z', '203.0.113.9', '2001:db8::1'],
];

const anyChoices = fc.subarray(
  binding.map(({ id }) => id),
  { minLength: 1, maxLength: 4 },
);
const anyValue = fc.constantFrom(
  ...VALUES,
  ...['v*', '203.0.113.0/24', 'arn:aws:iam::*:role/Dev*'],
  ...['${aws:PrincipalTag/x}', "${aws:PrincipalTag/x, 'v'}"],
);
const anyOperator = fc
  .tuple(
    fc.constantFrom('', '', 'ForAnyValue:', 'ForAllValues:'),
    fc.constantFrom(...OPERATORS.keys(), 'Null', 'Odd'),
    fc.constantFrom('', '', 'IfExists'),
  )
  .map((parts) => parts.join(''));
const anyStatement: fc.Arbitrary<Statement> = fc
  .record({
    operator: anyOperator,
    key: fc.constantFrom(...SOMETIMES, ...Object.keys(ALWAYS), 'aws:PrincipalArn', 'aws:RequestedRegion'),
    values: fc.array(anyValue, { minLength: 1, maxLength: 2 }),
    resource: fc.constantFrom('*', '*', 'arn:aws:s3:::${aws:PrincipalTag/x}/*', "arn:aws:s3:::${a:k, 'v'}/*"),
    effect: fc.constantFrom('Deny', 'Deny', 'Allow'),
  })
  .map(({ operator, key, values, resource, effect }) =>
    deny({ Effect: effect, Resource: resource, Condition: { [operator]: { [key]: values } } }),
  );

const anyChain = fc
  .tuple(anyChoices, fc.array(anyStatement, { maxLength: 3 }), fc.boolean())
  .map(([ids, extra, full]): ChainLevel[] => {
    const choice = chooseControls(catalogue, ids, defaults);
    if ('errors' in choice) throw new Error('cannot be chosen');
    const own = [...(full ? [FULL] : []), ...(extra.length > 0 ? [policy('extra', ...extra)] : [])];
    return [guardrailLevel(choice.controls, 'ou-ab12-x'), { targetId: ACCOUNT, policies: own }];
  });

type Context = Record<string, string | string[]>;
const someValues = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...VALUES), { maxLength: 2 }) },
);
const wholeContext: fc.Arbitrary<Context> = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...SOMETIMES), someValues),
    fc.record(Object.fromEntries(Object.entries(ALWAYS).map(([k, v]) => [k, fc.constantFrom(...v)]))),
  )
  .map(([some, always]) => ({ ...some, ...always }));

const anyRequest: fc.Arbitrary<PolicyRequest> = fc.record({
  action: fc
    .constantFrom(...statements.flatMap(({ actions, notActions }) => actions ?? notActions ?? []))
    .map(concrete),
  resource: fc.constantFrom(
    ...new Set(statements.flatMap(({ resources }) => resources).map(concrete)),
    'arn:aws:s3:::v/key',
  ),
  principalArn: fc.constantFrom(
    iam('role/Developer'),
    iam('role/AWSControlTowerExecution'),
    iam('root'),
    iam('user/ops/ana'),
    session('federated-user/ana'),
  ),
  accountId: fc.constant(ACCOUNT),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  context: wholeContext,
});

/** The same request with some of what is known left out. */
const lessOf = (request: PolicyRequest, kept: readonly boolean[]): PolicyRequest => ({
  ...request,
  region: kept[0] ? request.region : undefined,
  context: Object.fromEntries(
    Object.entries(request.context ?? {}).filter((_, i) => kept[(i + 1) % kept.length]),
  ),
});

describe('what is not told', () => {
  it('never changes an answer that was given without it', () => {
    let sure = 0;
    fc.assert(
      fc.property(
        anyChain,
        anyRequest,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (chain, request, kept) => {
          const guess = evaluatePolicies(chain, lessOf(request, kept), { missingKeys: 'unknown' }).decision;
          if (guess === 'unknown') return;
          sure++;
          expect(evaluatePolicies(chain, request, { missingKeys: 'absent' }).decision).toBe(guess);
        },
      ),
      { numRuns: 1_500 },
    );
    // The property would hold for an evaluator that never knows.
    expect(sure).toBeGreaterThan(300);
  });
});

describe('one more Deny', () => {
  it('never allows what was denied or unknown', () => {
    fc.assert(
      fc.property(
        anyChain,
        anyStatement,
        anyRequest,
        fc.constantFrom('absent' as const, 'unknown' as const),
        (chain, statement, request, missingKeys) => {
          const more = [
            ...chain,
            { targetId: ACCOUNT, policies: [FULL, policy('more', { ...statement, Effect: 'Deny' })] },
          ];
          const [before, after] = [chain, more].map(
            (c) => evaluatePolicies(c, request, { missingKeys }).decision,
          );
          if (before === 'denied') expect(after).toBe('denied');
          if (before === 'unknown') expect(after).not.toBe('allowed');
        },
      ),
      { numRuns: 700 },
    );
  });
});
