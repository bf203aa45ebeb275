import { describe, expect, it } from 'vitest';
import { askedBy } from './observe.ts';

describe('what a statement does, to what', () => {
  it.each([
    ['select "id", "kind" from "asks" where "asks"."id" = $1', 'SELECT', 'SELECT asks'],
    ['insert into "account_requests" ("id") values ($1)', 'INSERT', 'INSERT account_requests'],
    ['update "outbox" set "sent_at" = $1 where "id" in ($2, $3)', 'UPDATE', 'UPDATE outbox'],
    [
      '\n    insert into outbox (kind, key) select e.kind, e.key from jsonb_to_recordset($1::jsonb) as e(kind text, key text)',
      'INSERT',
      'INSERT outbox',
    ],
    ['select u.n from unnest($1::int[]) u(n) join facts f on f.seq = u.n', 'SELECT', 'SELECT facts'],
    ['delete from webhook_nonces where nonce = $1', 'DELETE', 'DELETE webhook_nonces'],
    [
      'with due as (select id from outbox for update skip locked) update outbox o set attempts = 1 from due returning o.id',
      'UPDATE',
      'UPDATE outbox',
    ],
    ['with a as (select 1) select * from facts f join a on true', 'SELECT', 'SELECT facts'],
    ['select keep_requests($1, $2) as answer', 'SELECT', 'SELECT keep_requests'],
    ['select count(*) from cidr_holds', 'SELECT', 'SELECT count'],
    ["select pg_notify($1, '')", 'SELECT', 'SELECT pg_notify'],
    ['begin', 'BEGIN', 'BEGIN'],
    ['', 'UNKNOWN', 'UNKNOWN'],
  ])('%s', (text, operation, summary) => {
    expect(askedBy(text)).toEqual({ operation, summary });
  });

  it('goes by its name where it has one', () => {
    expect(askedBy('select a.id from accounts a', 'planning_ground')).toEqual({
      operation: 'SELECT',
      summary: 'SELECT planning_ground',
    });
  });

  it('never has a value in it, not even one that stands in the text', () => {
    expect(
      JSON.stringify(askedBy("select 'a-secret-1234' from asks where token = 'a-secret-1234'")),
    ).not.toContain('secret');
  });
});
