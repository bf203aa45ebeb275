import { describe, expect, it } from 'vitest';
import type { Problem } from '../kernel/errors.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { AccountChangeBody } from './account-change.schema.ts';
import { changedRequest } from './changed-request.ts';

const made = requestWith({ expiresAt: '2020-01-01T00:00:00Z' });

describe('what may be asked for', () => {
  it.each([
    ['nothing', {}],
    ['a reason alone', { reason: 'because' }],
    ['an unknown member', { guardrails: [], colour: 'blue' }],
    ['a blueprint without a name', { blueprint: { parameters: {} } }],
  ])('is not %s', (_what, body) => {
    expect(AccountChangeBody.safeParse(body).success).toBe(false);
  });

  it('is a blueprint or guardrails', () => {
    expect(AccountChangeBody.parse({ guardrails: [] })).toEqual({ guardrails: [] });
    expect(AccountChangeBody.safeParse({ blueprint: { name: 'standard' }, reason: 'upgrade' }).success).toBe(
      true,
    );
  });
});

describe('the request that the account would be made by today', () => {
  it('keeps what is not said, and no date of the past', () => {
    const { expiresAt: _, ...rest } = made;
    expect(changedRequest(made, { guardrails: [] })).toEqual({ ...rest, guardrails: [] });
  });

  it('keeps the parameters of the same blueprint only', () => {
    expect(changedRequest(made, { blueprint: { name: 'standard' } }).blueprint).toEqual(made.blueprint);
    expect(changedRequest(made, { blueprint: { name: 'sandbox' } }).blueprint.parameters).toEqual({});
    const parameters = { vpc: null };
    expect(changedRequest(made, { blueprint: { name: 'standard', parameters } }).blueprint).toEqual({
      name: 'standard',
      parameters,
    });
  });

  it('says by pointer what is not available yet', () => {
    let caught: unknown;
    try {
      changedRequest(made, { rename: 'x', tags: {}, guardrails: [] });
    } catch (error) {
      caught = error;
    }
    expect((caught as Problem).extra.errors?.map((e) => e.pointer)).toEqual(['/rename', '/tags']);
  });
});
