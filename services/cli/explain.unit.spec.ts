import { describe, expect, it } from 'vitest';
import { NotUnderstood, Refused, TooSlow, Unreachable } from './client.ts';
import { BadCredentials } from './credentials.node.ts';
import { EXIT, exitOfHttp, exitOfRequest } from './exit.ts';
import { endOf, explain, Failed, NotSignedIn, RefusedFile, Usage } from './explain.ts';
import { BadFile, parseRequests } from './request-files.ts';
import { paint } from './text.ts';

const plain = (error: unknown) => explain(error).lines.map((line) => paint(line, false));

describe('the exit code', () => {
  it.each([
    ['ACTIVE', 0],
    ['CLOSED', 0],
    ['DENIED', 3],
    ['EXPIRED', 3],
    ['CANCELLED', 3],
    ['REJECTED', 3],
    ['QUARANTINED', 4],
  ])('of a request that is %s is %i', (status, code) => expect(exitOfRequest({ status })).toBe(code));

  it.each([
    [400, 2],
    [401, 3],
    [403, 3],
    [404, 3],
    [409, 3],
    [413, 2],
    [422, 2],
    [429, 3],
    [500, 4],
    [503, 4],
  ])('of HTTP %i is %i', (status, code) => expect(exitOfHttp(status)).toBe(code));

  it.each<[string, Error, number]>([
    ['wrong use', new Usage('x'), EXIT.usage],
    ['a bad file', new BadFile('x'), EXIT.usage],
    ['a file of sign-ins that others read', new BadCredentials('x'), EXIT.usage],
    ['nobody signed in', new NotSignedIn('x'), EXIT.refused],
    ['no service', new Unreachable('x'), EXIT.failed],
    ['an answer of something else', new NotUnderstood('x'), EXIT.failed],
    ['what did not succeed', new Failed('x'), EXIT.failed],
    ['a slow service', new TooSlow('x'), EXIT.timeOut],
    ['a fault of ours', new TypeError('x'), EXIT.broken],
  ])('of %s is its own', (_what, error, code) => expect(explain(error).code).toBe(code));
});

describe('a refusal', () => {
  const asked = { method: 'POST', path: '/v1/account-requests/req-1/decisions' };

  it('is told as title, detail, each field with its place in the file', () => {
    const [written] = parseRequests('team.yaml', 'account:\n  name: " x"\ncolour: red\n');
    const refused = new Refused(422, {
      title: 'The request cannot be accepted',
      detail: 'Two fields are wrong.',
      errors: [
        { pointer: '/account/name', message: 'may not begin with a space' },
        { pointer: '/colour', message: 'is not a known field' },
        { pointer: '', message: 'is not enough' },
      ],
    });
    expect(plain(new RefusedFile(refused, written!))).toEqual([
      'The request cannot be accepted: Two fields are wrong.',
      '  team.yaml:2:3: /account/name may not begin with a space',
      '  team.yaml:3:1: /colour is not a known field',
      '  team.yaml:1:1: / is not enough',
    ]);
    expect(plain(refused)[1]).toBe('  /account/name may not begin with a space');
    expect(explain(new RefusedFile(refused, written!)).value).toMatchObject({
      error: { status: 422, errors: [{ at: 'team.yaml:2:3' }, {}, {}] },
    });
  });

  it.each<[number, string, RegExp]>([
    [401, 'bad-token', /jetway login.*JETWAY_TOKEN/],
    [404, 'not-found', /Check the id/],
    [404, 'no-route', /has no POST \/v1\/account-requests\/req-1\/decisions.*as new as/],
    [409, 'already-decided', /jetway watch req-1$/],
    [422, 'plan-differs', /jetway plan req-1\)/],
    [403, 'not-an-operator', /Ask somebody who may/],
    [503, 'database', /Try again/],
  ])('with %i %s says what to do', (status, code, words) =>
    expect(plain(new Refused(status, { title: 'T', detail: 'D', code }, asked)).at(-1)).toMatch(words),
  );

  it('without words of its own has at least the status', () =>
    expect(plain(new Refused(502, {}))).toEqual([
      'HTTP 502: ',
      'What to do: Try again in a moment; nothing is done twice.',
    ]));
});

describe('the end of a request', () => {
  it('says why and what to do', () => {
    const failure = {
      ...{ code: 'Denied', title: 'The request was denied', detail: 'bo: not now' },
      ...{ step: 'approval', nextAction: 'Ask again.' },
    };
    const request = {
      id: 'req-1',
      kind: 'account-change',
      status: 'DENIED',
      plan: { digest: 'x' },
      steps: [],
    };
    const account = { name: 'payments-prod', organizationalUnitId: 'ou-1' };
    expect(endOf({ ...request, account, failure })).toEqual([
      'change of payments-prod: DENIED. The request was denied',
      '  bo: not now',
      '  What to do: Ask again.',
    ]);
  });
});
