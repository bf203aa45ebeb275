import { describe, expect, it } from 'vitest';
import { expr } from './expression.ts';
import { expressionsIn, opened, readsOf, templateOf } from './jsonata-code.ts';

describe('readsOf', () => {
  it.each([
    ['$a & $b.c[d = $e]', ['a', 'b', 'e']],
    ['($x := $y; $x + 1)', ['y']],
    ['$map($list, function($v) { $v & $other })', ['list', 'other']],
    ['$states.input.a', []],
    ['$sum([1, 2]) + $count($.x) + $$.y', []],
  ])('%s', (code, variables) => {
    expect(readsOf(code).variables.sort()).toEqual(variables);
  });

  it('names the members of $states', () => {
    expect(readsOf('$states.result.x & $states.context.State.Name').states.sort()).toEqual([
      'context',
      'result',
    ]);
  });
});

describe('templateOf', () => {
  it('opens what its text shows', () => {
    expect(templateOf("$merge([{'A': 1, 'B': [$x]}, $t = '' ? {} : {'C': $t}])")).toEqual({
      A: 1,
      B: ['{% … %}'],
      C: '{% … %}',
    });
    expect(templateOf('$anything')).toBe('{% … %}');
  });

  it('is used wherever an expression stands', () => {
    expect(opened({ Filter: expr("{'Key': 'x'}"), Name: 'plain' })).toEqual({
      Filter: { Key: 'x' },
      Name: 'plain',
    });
  });
});

describe('expressionsIn', () => {
  it('finds expressions with their path', () => {
    expect(expressionsIn({ a: [expr('1'), 'text'], b: { c: expr('2') } }, 'Assign')).toEqual([
      { path: 'Assign.a.0', code: '1' },
      { path: 'Assign.b.c', code: '2' },
    ]);
  });
});
