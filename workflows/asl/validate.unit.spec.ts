import { describe, expect, it } from 'vitest';
import { apiShapes } from '../../infra/api-shapes/shapes.ts';
import { caught, otherwise } from './catch.ts';
import { choice, when } from './choice.ts';
import type { Definition, State, States } from './definition.ts';
import { expr } from './expression.ts';
import { machine } from './machine.ts';
import { forEach } from './map.ts';
import { pageOf } from './page.ts';
import { pass } from './pass.ts';
import { sdk } from './sdk.ts';
import { succeed } from './succeed.ts';
import { type ValidateOptions, validate } from './validate.ts';

const end: States = { Done: succeed('DONE') };
const define = (states: States): Definition =>
  machine({ comment: 'test', startAt: Object.keys(states)[0] ?? '', stages: [states, end] });
const problems = (states: States, options: Partial<ValidateOptions> = {}): string[] =>
  validate(define(states), { shapes: apiShapes, ...options });

const read = sdk('organizations:describeAccount', {
  arguments: { AccountId: '444455556666' },
  assign: { email: expr('$states.result.Account.Email') },
  next: 'Done',
});
const changed = (change: object): States => ({ Read: { ...read, ...change } as State });

describe('a sound definition', () => {
  it('has no problems', () => {
    expect(problems({ Read: read })).toEqual([]);
  });
});

describe('calls', () => {
  it.each([
    ['a service', 'arn:aws:states:::aws-sdk:organisations:describeAccount', 'unknown service organisations'],
    [
      'an action',
      'arn:aws:states:::aws-sdk:organizations:describeAcount',
      'organizations has no action DescribeAcount',
    ],
    ['an integration', 'arn:aws:states:::dynamodb:getItem', 'unknown service dynamodb'],
    [
      'a function',
      'arn:aws:lambda:us-east-1:111122223333:function:f',
      'unknown resource arn:aws:lambda:us-east-1:111122223333:function:f',
    ],
  ])('finds a misspelt or foreign %s', (_, Resource, problem) => {
    expect(problems(changed({ Resource }))).toContain(`Read: ${problem}`);
  });

  it('checks argument names, also inside an expression', () => {
    expect(problems(changed({ Arguments: { AccountID: 'x' } }))).toEqual([
      'Read: Arguments.AccountId: required',
      'Read: Arguments.AccountID: not a member of DescribeAccount input',
    ]);
    const list = sdk('organizations:listAccounts', {
      arguments: pageOf("{'MaxResult': 20}", { variable: 'page' }),
      next: 'Done',
    });
    expect(problems({ Begin: pass({ assign: { page: 'x' }, next: 'List' }), List: list })).toEqual([
      'List: Arguments.MaxResult: not a member of ListAccounts input',
    ]);
  });

  it.each(['closeAccount', 'removeAccountFromOrganization'])('forbids %s', (action) => {
    const states = changed({ Resource: `arn:aws:states:::aws-sdk:organizations:${action}` });
    expect(problems(states).join()).toMatch(/is never called by a machine/);
  });

  it('wants the heartbeat below the timeout', () => {
    expect(problems(changed({ HeartbeatSeconds: 60, TimeoutSeconds: 60 }))).toContain(
      'Read: HeartbeatSeconds is not below TimeoutSeconds',
    );
  });
});

describe('errors', () => {
  it('finds a name that the operation does not declare', () => {
    const states = changed({ Catch: [caught(['Organizations.PolicyNotFoundException'], 'Done')] });
    expect(problems(states)).toEqual([
      'Read: Organizations.PolicyNotFoundException is no error of DescribeAccount',
    ]);
  });

  it('wants States.ALL alone and last', () => {
    const first = [otherwise('Done'), caught(['States.Timeout'], 'Done')];
    expect(problems(changed({ Catch: first }))).toContain('Read: States.ALL is not alone and last');
    const together = [caught(['States.Timeout', 'States.ALL'], 'Done')];
    expect(problems(changed({ Catch: together }))).toContain('Read: States.ALL is not alone and last');
  });
});

describe('expressions and variables', () => {
  it('takes JSONata 2.0.6, not later operators', () => {
    expect(
      problems({ Begin: pass({ assign: { a: expr("$states.input.a ?? 'b'") }, next: 'Done' }) }).join(),
    ).toMatch(/JSONata 2.0.6 does not parse/);
  });

  it('finds a variable that is set on some ways only', () => {
    const states: States = {
      Which: choice({ rules: [when('$states.input.x = 1', 'Use', { found: 1 })], otherwise: 'Use' }),
      Use: pass({ assign: { twice: expr('$found * 2') }, next: 'Done' }),
    };
    expect(problems(states)).toEqual(['Use: Assign.twice reads $found, which is not set on every way here']);
  });

  it('knows what a lambda and a block bind', () => {
    const code = '($sum := 0; $map([1, 2], function($v, $i) { $v + $i + $sum }))';
    expect(problems({ Begin: pass({ assign: { a: expr(code) }, next: 'Done' }) })).toEqual([]);
  });

  it('finds a result that is read where there is none, and $eval', () => {
    const states = changed({ Catch: [otherwise('Done', { why: expr('$states.result.x') })] });
    expect(problems(states)).toEqual(['Read: Catch.0.Assign.why reads $states.result, which is not there']);
    expect(problems({ Begin: pass({ assign: { a: expr("$eval('1')") }, next: 'Done' }) })).toEqual([
      'Begin: Assign.a reads $eval, which is not set on every way here',
    ]);
  });

  it('finds a name that a Map takes from the states around it', () => {
    const states: States = {
      Begin: pass({ assign: { one: 1 }, next: 'Each' }),
      Each: forEach('[1, 2]', {
        atOnce: 1,
        startAt: 'Inside',
        states: { Inside: pass({ assign: { one: 2 } }) },
        next: 'Done',
      }),
    };
    expect(problems(states)).toEqual([
      '$one: set inside a Map, but the name belongs to the states around it',
    ]);
  });
});

describe('ways', () => {
  it('finds a state that nothing leads to, and a target that is not there', () => {
    expect(problems({ Read: read, Lost: pass({ next: 'Done' }) })).toContain('Lost: nothing leads here');
    expect(problems({ Begin: pass({ next: 'Nowhere' }) }).join()).toMatch(/Nowhere/);
  });

  it('finds a call and an end that do not lead to repair', () => {
    const pointOfNoReturn = { from: ['Read'], reentry: 'none', exempt: [], ends: [] };
    expect(problems({ Read: read }, { pointOfNoReturn })).toEqual([
      'Read: can fail after the point of no return with nowhere to go',
      'Done: no end after the point of no return',
    ]);
  });

  it('refuses a name that is used twice', () => {
    expect(() => machine({ comment: '', startAt: 'Done', stages: [end, end] })).toThrow(
      'two states are named Done',
    );
  });
});
