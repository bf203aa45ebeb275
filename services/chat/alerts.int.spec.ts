import { eq, isNull, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Orm } from '../../db/client.ts';
import {
  accountGuardrails,
  accounts,
  alertLines,
  chatDigests,
  exceptions,
  outbox,
} from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { evaluation, newAccountId } from '../../test/support/messages.ts';
import { factOf, openService, type Service, silent, unique } from '../../test/support/service.ts';
import { driftChecked, openedGroup, stackFound } from '../drift/check.fixture.ts';
import type { DriftChecked } from '../drift/check.schema.ts';
import type { Incoming } from '../inbox/incoming.ts';
import type { Fact } from '../ledger/fact.ts';
import { delivery } from '../outbox/deliver.pg.ts';
import { relayOnce } from '../outbox/relay.task.ts';
import { alertOn } from './alert-lines.pg.ts';
import { alertChannel } from './alerts.pg.ts';
import { messageText } from './approval-message.ts';
import { chatHistory, localChat } from './local-chat.pg.ts';
import type { Room } from './room.port.ts';

const RULE = 'jetway-encrypted-volumes';
const CONTROL = 'AWS-GR_ENCRYPTED_VOLUMES';
const MINUTE = 60_000;

/** A room that remembers what it was told; it can be away, and it may be one that cannot edit. */
function memoryRoom(edits = true) {
  const said: string[] = [];
  let away = 0;
  const say = (how: string, place: { channel: string }, text: string) => {
    if (away-- > 0) throw new Error('the room is away');
    said.push(`${how} ${place.channel}: ${text}`);
  };
  const room: Room = {
    async post(place, message) {
      say('post', place, messageText(message));
      return edits ? 'ref' : null;
    },
    async update(place, _reference, message) {
      say('edit', place, messageText(message));
    },
    async notify(place, _reference, text) {
      say('note', place, text);
    },
  };
  const goAway = (times: number) => {
    away = times;
  };
  return { room, said, goAway };
}

describe.each(databases)('alerts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  let slack: ReturnType<typeof memoryRoom>;
  let teams: ReturnType<typeof memoryRoom>;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    await service.orm.delete(chatDigests);
    [slack, teams] = [memoryRoom(), memoryRoom(false)];
  });

  const channels = (...list: object[]) => service.setSettings({ channels: list as never });
  const SLACK = { name: 'slack', provider: 'slack', channel: 'C1' };

  /** Accounts of a team with the control, so many that nobody wants a message for each. */
  async function accountsOf(team: string | null, count: number): Promise<string[]> {
    const now = service.clock.now();
    const ids = Array.from({ length: count }, newAccountId);
    await service.orm.insert(accounts).values(
      ids.map((accountId, i) => ({
        accountId,
        name: `${team ?? 'stray'}-${i}`,
        email: `${accountId}@example.com`,
        emailCanonical: `${accountId}@example.com`,
        organizationalUnitId: 'ou-ab12-workloads',
        team,
        status: 'ACTIVE',
        origin: 'VENDED',
        createdAt: now,
        updatedAt: now,
      })),
    );
    await service.orm.insert(accountGuardrails).values(
      ids.map((accountId) => ({
        accountId,
        control: CONTROL,
        kind: 'detective',
        carrier: RULE,
        status: 'ATTACHED',
        version: 1,
      })),
    );
    return ids;
  }
  let second = 0;
  const turned = (accountId: string, resourceId: string, more: object = {}): Incoming => {
    const at = new Date(Date.parse('2026-03-04T09:00:00Z') + 1_000 * second++).toISOString();
    return evaluation({ accountId, rule: RULE, resourceId, status: 'NON_COMPLIANT', at, ...more });
  };
  /** Lets the relay work until nothing is due, some time later. */
  async function later(ms: number): Promise<void> {
    service.clock.advance(ms);
    const chat = {
      ...service.deps,
      log: silent,
      catalogue: service.assets.catalogue,
      rooms: { slack: slack.room, teams: teams.room },
      local: localChat(service.orm, service.assets.catalogue),
      pageUrl: () => 'https://jetway.example.com/',
      newId: () => unique('digest'),
    };
    const deliver = delivery({
      ...service.deps,
      courier: { publish: async () => [] } as never,
      channel: {} as never,
      alerts: alertChannel(chat),
      workClick: async () => {},
    });
    while ((await relayOnce(service.orm, service.clock, silent, deliver)) > 0);
  }
  const titles = (said: readonly string[]) => said.map((text) => text.split('\n')[0] ?? '');
  const local = async () => (await chatHistory(service.orm, 100)).filter(({ id }) => id.startsWith('alert-'));

  it('tells a team once of what turns together, however many accounts, and edits the message for an hour', async () => {
    await channels(SLACK);
    const [red, blue] = [unique('red'), unique('blue')];
    const [mine, theirs] = [await accountsOf(red, 60), await accountsOf(blue, 2)];
    await service.receive(...mine.slice(0, 30).map((id) => turned(id, 'vol-1')));
    await service.receive(
      ...mine.slice(30).map((id) => turned(id, 'vol-1')),
      ...mine.map((id) => turned(id, 'vol-2')),
      ...theirs.map((id) => turned(id, 'vol-1')),
    );
    await later(5_000);
    await later(10_000);
    expect(slack.said).toHaveLength(2);
    expect(titles(slack.said).some((t) => t.includes(`team ${red}: 120 in 60 accounts`))).toBe(true);
    expect(titles(slack.said).some((t) => t.includes(`team ${blue}: 2 in 2 accounts`))).toBe(true);
    const [first] = slack.said.filter((text) => text.includes(red));
    expect(first).toContain(`${CONTROL} in ${red}-0 (${mine[0]}): 2 resources, vol-1, vol-2`);
    expect(first).toContain('and 20 more lines');

    slack.said.length = 0;
    await service.receive(turned(mine[0] ?? '', 'vol-3'));
    await later(20 * MINUTE);
    expect(titles(slack.said)).toEqual([expect.stringMatching(/^edit C1: .*: 121 in 60 accounts/)]);
    expect(slack.said[0]).toContain(`(${mine[0]}): 3 resources, vol-1, vol-2, vol-3`);

    slack.said.length = 0;
    service.clock.advance(60 * MINUTE);
    await service.receive(turned(mine[0] ?? '', 'vol-4'));
    await later(MINUTE);
    expect(slack.said).toHaveLength(1);
    expect(slack.said[0]).toMatch(/^post C1: /);
    expect(slack.said[0]).toContain('1 in 1 account');
  });

  it('tells of drift when a look has found it, beside violations, once, and not when it was mended before', async () => {
    await channels(SLACK);
    const team = unique('red');
    const [drifted = '', mended = '', excepted = ''] = await accountsOf(team, 3);
    const look = (accountId: string, order: number, changes: Partial<DriftChecked> = {}): Incoming =>
      factOf({ requestId: '', planDigest: '' }, 'DriftChecked', order, {
        id: `drift-${accountId}-${order}:${order}`,
        requestId: undefined,
        planDigest: undefined,
        accountId,
        data: driftChecked(changes),
      });
    const changed = { stacks: [stackFound({ resources: [openedGroup], changed: 1 })] };
    const detached = { policies: [{ ...driftChecked().policies[0]!, state: 'MISSING' as const }] };
    // An exception from a control is none from having it.
    await service.orm.insert(exceptions).values({
      requestId: unique('req'),
      accountId: excepted,
      control: 'AWS-GR_REGION_DENY',
      owner: 'ana@example.com',
      reason: 'x',
      requestedBy: 'ana@example.com',
      expiresAt: new Date(service.clock.now().getTime() + 60 * MINUTE),
      state: 'ACTIVE',
      requestedAt: service.clock.now(),
      grantedAt: service.clock.now(),
    });
    await service.receive(
      look(drifted, 1_000, changed),
      look(mended, 1_000, changed),
      look(mended, 2_000),
      look(excepted, 1_000, detached),
      turned(drifted, 'vol-1'),
    );
    // Found again, and told late: both are no news.
    await service.receive(look(drifted, 2_000, changed), look(drifted, 900, { ...changed, ...detached }));
    await later(15_000);
    expect(slack.said).toHaveLength(1);
    expect(titles(slack.said)).toEqual([
      expect.stringContaining(
        `New violations and drift of the team ${team}: 1 in 1 account, drift 3 in 2 accounts`,
      ),
    ]);
    const [said = ''] = slack.said;
    expect(said).toContain(`Changed beside the plan in ${team}-0 (${drifted}): 1 resource, jetway-vpc/Group`);
    expect(said).toContain(`Guardrails gone or changed in ${team}-2 (${excepted}): 2, `);
    expect(said).toContain('AWS-GR_REGION_DENY');
    expect(said).not.toContain(mended);
    await service.receive(look(drifted, 3_000), look(drifted, 4_000, changed));
    await later(MINUTE);
    expect(titles(slack.said).at(-1)).toContain('drift 4 in 2 accounts');
  });

  it('doubles nothing when the queue delivers again', async () => {
    await channels(SLACK);
    const [account = ''] = await accountsOf(unique('red'), 1);
    const batch = [turned(account, 'vol-1'), turned(account, 'vol-2')];
    await service.receive(...batch);
    await service.receive(...batch);
    await later(15_000);
    await service.receive(...batch);
    await later(5 * MINUTE);
    expect(slack.said).toHaveLength(1);
    expect(slack.said[0]).toContain('2 in 1 account');
  });

  it('says nothing of what was in violation before, is mended already, or is excepted', async () => {
    await channels(SLACK);
    const team = unique('red');
    const [old = '', mended = '', excepted = '', other = ''] = await accountsOf(team, 4);
    const now = service.clock.now();
    await service.orm.insert(exceptions).values({
      requestId: unique('req'),
      accountId: excepted,
      control: CONTROL,
      resource: 'vol-1',
      owner: 'ana@example.com',
      reason: 'x',
      requestedBy: 'ana@example.com',
      state: 'ACTIVE',
      requestedAt: now,
      expiresAt: new Date(now.getTime() + 60 * MINUTE),
    });
    await service.receive(
      turned(old, 'vol-1', { before: 'NON_COMPLIANT' }),
      turned(mended, 'vol-1'),
      turned(excepted, 'vol-1'),
    );
    await service.receive(turned(mended, 'vol-1', { status: 'COMPLIANT', before: 'NON_COMPLIANT' }));
    await later(15_000);
    expect(slack.said).toEqual([]);
    expect(await service.orm.select().from(alertLines)).toEqual([]);
    await service.receive(turned(excepted, 'vol-2'), turned(other, 'vol-1', { before: null }));
    await later(15_000);
    expect(slack.said[0]).toContain('2 in 2 accounts');
    expect(slack.said[0]).toContain(`(${excepted}): 1 resource, vol-2`);
  });

  it('is posted once when the room was away, and what came meanwhile is in it', async () => {
    await channels(SLACK);
    const [account = ''] = await accountsOf(unique('red'), 1);
    await service.receive(turned(account, 'vol-1'));
    slack.goAway(2);
    await later(15_000);
    await service.receive(turned(account, 'vol-2'));
    await later(5 * MINUTE);
    expect(slack.said.filter((text) => text.startsWith('post'))).toHaveLength(1);
    expect(slack.said.at(-1)).toContain('2 in 1 account');
  });

  it('tells what was committed after the others were gathered', async () => {
    await channels(SLACK);
    const [account = '', late = ''] = await accountsOf(unique('red'), 2);
    await service.receive(turned(account, 'vol-1'));
    await later(15_000);
    // Its transaction began before, and relied on the outbox message that is gone by now.
    await service.receive(turned(late, 'vol-1'));
    await service.orm.delete(outbox).where(eq(outbox.id, sql`(select max(id) from outbox)`));
    await later(2 * MINUTE);
    expect(slack.said.at(-1)).toContain('2 in 2 accounts');
    expect(await service.orm.select().from(alertLines).where(isNull(alertLines.digestId))).toEqual([]);
  });

  it('goes where the settings send alerts: by team and unit, apart from requests, followed up where nothing is edited', async () => {
    const [red, blue] = [unique('red'), unique('blue')];
    await channels(
      { ...SLACK, name: 'requests', channel: 'C0', for: { kinds: ['account', 'control-exception'] } },
      { ...SLACK, name: 'red', channel: 'C1', for: { teams: [red], kinds: ['compliance-alert'] } },
      {
        name: 'rest',
        provider: 'teams',
        channel: 'ops',
        for: { organizationalUnitIds: ['ou-ab12-workloads'] },
      },
    );
    const [mine = ''] = await accountsOf(red, 1);
    const [theirs = ''] = await accountsOf(blue, 1);
    const [stray = ''] = await accountsOf(null, 1);
    await service.receive(...[mine, theirs, stray].map((id) => turned(id, 'vol-1')));
    await later(15_000);
    expect(titles(slack.said)).toEqual([expect.stringMatching(/^post C1: /)]);
    expect(titles(teams.said).every((t) => t.startsWith('post ops: '))).toBe(true);
    expect(teams.said.filter((t) => t.includes('accounts of no team'))).toHaveLength(1);
    await service.receive(turned(theirs, 'vol-2'));
    await later(MINUTE);
    expect(teams.said.at(-1)).toMatch(new RegExp(`^note ops: .*${blue}: 2 in 1 account`));
  });

  it('is shown in the local chat, in a room of the team, without buttons', async () => {
    const team = unique('red');
    const [account = ''] = await accountsOf(team, 1);
    await service.receive(turned(account, '<b>*vol*</b>\u202e'));
    await later(15_000);
    const [message] = (await local()).filter(({ channel }) => channel === `#alerts-${team}`);
    expect(message).toMatchObject({ state: 'settled', requestId: '' });
    // Markup stays the characters that it is, and nothing turns the text around.
    expect(message?.text).toContain(`${CONTROL} in ${team}-0 (${account}): 1 resource, <b>*vol*</b>`);
    expect(message?.text).not.toContain('\u202e');
  });

  it('costs one statement for a batch, and none without news', async () => {
    const ids = await accountsOf(unique('red'), 50);
    const facts = ids.flatMap((accountId) =>
      Array.from({ length: 20 }, (_, i) => ({
        type: 'ComplianceChanged' as const,
        accountId,
        data: { rule: RULE, resourceId: `vol-${i}`, status: 'NON_COMPLIANT', before: 'COMPLIANT' },
      })),
    ) as unknown as Fact[];
    let statements = 0;
    await service.orm.transaction(async (tx) => {
      const counting = new Proxy(tx, {
        get(target, key) {
          if (['execute', 'select', 'insert', 'update', 'delete'].includes(String(key))) statements += 1;
          const member = Reflect.get(target, key);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }) as unknown as Orm;
      await alertOn(counting, facts, service.clock.now());
      expect(statements).toBe(1);
      const mended = facts.map((fact) => ({ ...fact, data: { ...fact.data, status: 'COMPLIANT' } }));
      await alertOn(counting, mended, service.clock.now());
      expect(statements).toBe(1);
    });
    const lines = await service.orm.select().from(alertLines);
    expect(lines).toHaveLength(50);
    expect(lines.every(({ turned: n, resources }) => n === 20 && resources.length === 5)).toBe(true);
    const [own] = await service.orm
      .select()
      .from(alertLines)
      .where(eq(alertLines.accountId, ids[0] ?? ''));
    expect(own?.control).toBe(CONTROL);
  });
});
