import pg from 'pg';
import { parseMessage } from '../../services/inbox/parse.ts';
import { readEnvelope } from '../../services/ledger/envelope.ts';
import { chainHash, factBody, type NewFact } from '../../services/ledger/fact.ts';
import { MANAGEMENT_ACCOUNT } from '../../services/reconciliation/snapshot.fixture.ts';

/** As many events share a transaction as share one of ours, so that the disk is waited for as often. */
const TOGETHER = 500;
const LANE = 1;
const HOUR_MS = 3_600_000;

/**
 * The same tables, the same rows and counters, written by one prepared statement after the other, as a service without sets
 * does it. It trusts that no event is late: looking whether one is would cost it more.
 */
export async function openRowByRow(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const run = async (name: string, text: string, values: unknown[]) =>
    (await client.query({ name, text, values })).rows[0] as Record<string, unknown> | undefined;
  const { rows } = await client.query('select hash from ledger_lanes where lane = $1', [LANE]);
  let hash: string = rows[0].hash;

  async function takeOne(body: string): Promise<void> {
    const message = parseMessage(body);
    if (message.kind !== 'event') throw new Error('an envelope was refused');
    const [fact] = readEnvelope(message.envelope, { managementAccountId: MANAGEMENT_ACCOUNT }).facts;
    if (!fact) throw new Error('an envelope says nothing');
    const fresh = await run(
      'meaning',
      'insert into fact_meanings values (fingerprint($1)) on conflict do nothing returning 1',
      [fact.meaning],
    );
    if (!fresh) return;
    await append(fact);
    await fold(fact);
  }

  async function append(fact: NewFact): Promise<void> {
    const recordedAt = new Date().toISOString();
    const seq = Number((await run('place', `select nextval('fact_seq') as seq`, []))?.seq);
    hash = chainHash(hash, factBody({ ...fact, seq, recordedAt }));
    const { id, meaning, type, source, accountId, version, occurredAt, data } = fact;
    await run(
      'fact',
      `insert into facts (lane, seq, era, id, meaning, type, source, account_id, version, occurred_at, recorded_at, data,
        hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        ...[LANE, seq, recordedAt.slice(0, 7), id, meaning, type, source, accountId, version, occurredAt],
        ...[recordedAt, data, hash],
      ],
    );
    await run('head', 'update ledger_lanes set seq = $2, hash = $3, facts = facts + 1 where lane = $1', [
      ...[LANE, seq, hash],
    ]);
  }

  async function fold({ id, accountId, version, occurredAt, data }: NewFact): Promise<void> {
    const known = await run(
      'finding',
      `select key, status, control from compliance
        where key = finding_key($1, $2, $3, $4, $5)`,
      [accountId, data.region, data.rule, data.resourceType, data.resourceId],
    );
    if (!known) throw new Error('the yardstick wants the rows to be there');
    await run(
      'change',
      `update compliance set status = $2, version = $3, fact_id = $4, annotation = $5, evaluated_at = $6 where key = $1`,
      [known.key, data.status, version, id, data.annotation, occurredAt],
    );
    await run(
      'history',
      `insert into compliance_history (key, version, status, fact_id, recorded_at, account_id)
        values ($1, $2, $3, $4, now(), $5) on conflict do nothing`,
      [known.key, version, data.status, id, accountId],
    );
    const open = Number(data.status === 'NON_COMPLIANT') - Number(known.status === 'NON_COMPLIANT');
    if (open !== 0) await step(accountId as string, version, known.control as string, open);
    if (data.status === 'NON_COMPLIANT')
      await run(
        'alert',
        `insert into alert_lines (account_id, rule, control, turned, resources, first_at)
          values ($1, $2, $3, 1, array[$4], now()) on conflict (account_id, rule) where digest_id is null
          do update set turned = alert_lines.turned + 1`,
        [accountId, data.rule, known.control, data.resourceId],
      );
  }

  async function step(accountId: string, at: number, control: string, open: number): Promise<void> {
    await run(
      'step',
      `insert into posture_steps (account_id, at, control, open, passed, detective, guardrails)
        values ($1, $2, $3, $4, $5, 0, 0) on conflict (account_id, at, control)
        do update set open = posture_steps.open + excluded.open, passed = posture_steps.passed + excluded.passed`,
      [accountId, at, control, open, -open],
    );
    const posture = await run(
      'posture',
      `update account_posture set open = open + $2, passed = passed - $2 where account_id = $1
        returning team, posture_state(open, passed, detective, guardrails) as becomes,
          posture_state(open - $2, passed + $2, detective, guardrails) as was`,
      [accountId, open],
    );
    await count('*', 'violations', control, at, open);
    if (!posture || posture.becomes === posture.was) return;
    for (const [state, n] of [
      [posture.becomes, 1],
      [posture.was, -1],
    ] as const) {
      await run(
        'flip',
        `insert into posture_flips (account_id, at, state, n) values ($1, $2, $3, $4)
          on conflict (account_id, at, state) do update set n = posture_flips.n + excluded.n`,
        [accountId, at, state, n],
      );
      for (const scope of ['*', `team:${posture.team}`])
        await count(scope, 'compliance', state as string, at, n);
    }
  }

  async function count(scope: string, measure: string, key: string, at: number, n: number): Promise<void> {
    const date = new Date(at);
    const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    const starts = [0, month, at - (at % (24 * HOUR_MS)), at - (at % HOUR_MS)];
    for (const [level, start] of starts.entries()) {
      if (measure === 'violations' && level !== 2) continue;
      await run(
        'count',
        `insert into tallies (scope, measure, level, start, key, lane, n) values ($1, $2, $3, $4, $5, $6, $7)
          on conflict (scope, measure, level, start, key, lane) do update set n = tallies.n + excluded.n`,
        [scope, measure, level, start, key, LANE, n],
      );
    }
  }

  return {
    async take(round: readonly string[]): Promise<void> {
      for (let from = 0; from < round.length; from += TOGETHER) {
        await client.query('begin');
        for (const body of round.slice(from, from + TOGETHER)) await takeOne(body);
        await client.query(
          `insert into outbox (kind, key, payload, next_at) values ('put-events', $1, '{}', now())`,
          [`row-by-row:${hash}`],
        );
        await client.query('commit');
      }
    },
    close: () => client.end(),
  };
}
