import { describe, expect, it } from 'vitest';
import { BadFile, parseRequests } from './request-files.ts';

const TEXT = `# Two of them.
account:
  name: one
  "e/m~ail": x
tags: { a: b }
guardrails:
  - A
  - id: B
    parameters: { Regions: [eu-west-1] }
---
- account: { name: two }
- account:
    name: three
`;

describe('a file of requests', () => {
  it('may have several documents, and lists in them', () => {
    const names = parseRequests('r.yaml', TEXT).map(({ body }) => (body.account as { name: string }).name);
    expect(names).toEqual(['one', 'two', 'three']);
  });

  it.each([
    [0, '', 'r.yaml:2:1'],
    [0, '/account/name', 'r.yaml:3:3'],
    [0, '/account/e~1m~0ail', 'r.yaml:4:3'],
    [0, '/tags/a', 'r.yaml:5:9'],
    [0, '/guardrails/1', 'r.yaml:8:5'],
    [0, '/guardrails/1/parameters/Regions/0', 'r.yaml:9:29'],
    // What is not there is missing at its nearest parent.
    [0, '/account/organizationalUnitId', 'r.yaml:2:1'],
    [0, '/team', 'r.yaml:2:1'],
    [0, '/guardrails/7', 'r.yaml:6:1'],
    [1, '/account/name', 'r.yaml:11:14'],
    [2, '/account/name', 'r.yaml:13:5'],
  ])('request %i has %s at %s', (request, pointer, place) =>
    expect(parseRequests('r.yaml', TEXT)[request]?.at(pointer)).toBe(place),
  );

  it('may be JSON', () =>
    expect(parseRequests('r.json', '{\n  "account": { "name": "x" }\n}')[0]?.at('/account/name')).toBe(
      'r.json:2:16',
    ));

  it.each([
    ['', /r\.yaml holds no request/],
    ['# nothing\n', /r\.yaml holds no request/],
    ['a: [b\n', /^r\.yaml:\d+:\d+: /],
    ['a: 1\na: 2\n', /^r\.yaml:2:1: .*unique/],
    ['- a: 1\n- 7\n', /^r\.yaml:2:3: a request is not an object/],
    ['a: *nowhere\n', /^r\.yaml:\d+:\d+: .*nowhere/],
  ])('%j is refused with the place', (text, words) => {
    expect(() => parseRequests('r.yaml', text)).toThrow(BadFile);
    expect(() => parseRequests('r.yaml', text)).toThrow(words);
  });

  it('of documents and an empty one behind them is taken', () =>
    expect(parseRequests('r.yaml', 'a: 1\n---\n# end\n')).toHaveLength(1));
});
