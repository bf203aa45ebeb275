import { describe, expect, it } from 'vitest';
import { matchesPattern, patternFault } from './event-pattern.ts';

const event = {
  source: 'aws.controltower',
  account: '111122223333',
  resources: ['arn:aws:ec2:us-east-1:1:instance/i-1', 'arn:aws:s3:::bucket'],
  detail: {
    eventName: 'CreateManagedAccount',
    count: 5,
    ip: '10.0.0.17',
    ip6: '2001:db8::7',
    ok: true,
    nothing: null,
    items: [
      { kind: 'a', size: 1 },
      { kind: 'b', size: 2 },
    ],
  },
};

describe('matchesPattern', () => {
  it.each<[string, object, boolean]>([
    ['exact', { source: ['aws.controltower'] }, true],
    ['exact, other', { source: ['aws.config'] }, false],
    ['one of', { source: ['aws.config', 'aws.controltower'] }, true],
    ['all fields must match', { source: ['aws.controltower'], account: ['1'] }, false],
    ['nested', { detail: { eventName: ['CreateManagedAccount'] } }, true],
    ['array of the event: any element', { resources: ['arn:aws:s3:::bucket'] }, true],
    ['array of objects: any element', { detail: { items: { kind: ['b'] } } }, true],
    ['array of objects: none', { detail: { items: { kind: ['c'] } } }, false],
    ['number, boolean, null', { detail: { count: [5], ok: [true], nothing: [null] } }, true],
    ['number is not its text', { detail: { count: ['5'] } }, false],
    ['prefix', { source: [{ prefix: 'aws.' }] }, true],
    ['prefix, any case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
    ['suffix', { source: [{ suffix: 'tower' }] }, true],
    ['suffix, other', { source: [{ suffix: 'Tower' }] }, false],
    [
      'equals-ignore-case',
      { detail: { eventName: [{ 'equals-ignore-case': 'createmanagedaccount' }] } },
      true,
    ],
    ['wildcard', { resources: [{ wildcard: 'arn:aws:ec2:*:instance/i-*' }] }, true],
    ['wildcard, whole value', { resources: [{ wildcard: 'ec2' }] }, false],
    ['wildcard, escaped star', { source: [{ wildcard: 'aws\\*' }] }, false],
    ['anything-but', { source: [{ 'anything-but': ['aws.config'] }] }, true],
    ['anything-but, excluded', { source: [{ 'anything-but': 'aws.controltower' }] }, false],
    ['anything-but prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
    ['anything-but suffix list', { source: [{ 'anything-but': { suffix: ['config', 'ec2'] } }] }, true],
    ['anything-but wildcard', { source: [{ 'anything-but': { wildcard: '*tower' } }] }, false],
    ['anything-but needs a value', { absent: [{ 'anything-but': ['x'] }] }, false],
    ['numeric range', { detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, true],
    ['numeric, out of range', { detail: { count: [{ numeric: ['<', 5] }] } }, false],
    ['numeric, not a number', { source: [{ numeric: ['>', 0] }] }, false],
    ['exists', { detail: { eventName: [{ exists: true }] } }, true],
    ['exists, absent', { detail: { nope: [{ exists: true }] } }, false],
    ['absent', { detail: { nope: [{ exists: false }], other: { deep: [{ exists: false }] } } }, true],
    ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }, true],
    ['cidr, outside', { detail: { ip: [{ cidr: '10.0.0.0/28' }] } }, false],
    ['cidr of IPv6', { detail: { ip6: [{ cidr: '2001:db8::/32' }] } }, true],
    ['$or', { $or: [{ source: ['x'] }, { detail: { count: [5] } }] }, true],
    [
      '$or, none, beside a match',
      { source: ['aws.controltower'], $or: [{ source: ['x'] }, { account: ['y'] }] },
      false,
    ],
    ['a name that every object has', { toString: [{ exists: true }] }, false],
  ])('%s', (_, pattern, expected) => {
    expect(patternFault(pattern)).toBeUndefined();
    expect(matchesPattern(pattern as never, event)).toBe(expected);
  });
});

describe('patternFault', () => {
  it.each<[unknown, string]>([
    ['text', 'Filter is not an object'],
    [{}, 'Empty pattern is not allowed'],
    [{ source: 'aws.config' }, '"source" must be an object or an array'],
    [{ source: [] }, 'Empty arrays are not allowed: "source"'],
    [{ source: [['x']] }, 'Arrays within arrays are not allowed'],
    [{ source: [{ like: 'x' }] }, 'Unrecognized match type like'],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ n: [{ numeric: ['~', 1] }] }, 'Value of numeric must be pairs of an operator and a number'],
    [{ n: [{ exists: 'yes' }] }, 'exists must be true or false'],
    [{ $or: [{ a: ['b'] }] }, '"$or" must be an array of two or more patterns'],
  ])('%j', (pattern, fault) => {
    expect(patternFault(pattern)).toBe(fault);
  });
});
