import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { people } from '../../db/schema/index.ts';
import { systemClock, systemIds } from '../../services/kernel/ids.node.ts';
import { localRootSecret, openSecrets } from '../../services/kernel/secrets.node.ts';
import { EXAMPLE_SETTINGS } from '../../services/settings/defaults.ts';
import { openSettings } from '../../services/settings/settings.pg.ts';
import { applyWebhooksOf } from '../../services/webhooks/endpoints.pg.ts';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { putSettings } from '../support/settings.ts';
import {
  BOT_TOKEN,
  buttonsOf,
  clickPayload,
  member,
  SIGNING_SECRET,
  slackCall,
  startSlack,
  TEAM,
  type TestSlack,
} from '../support/slack.ts';

/** A line of the log, as whoever searches it has it. */
type Line = { msg: string; level: number; correlationId?: string; [member: string]: unknown };

const lines: Line[] = [];
const log = pino({ level: 'debug' }, { write: (text: string) => void lines.push(JSON.parse(text)) });
const WARN = 40;

let slack: TestSlack;
let receiver: Receiver;
let jetway: TestService;
let asked: RequestAnswer;
let other: RequestAnswer;

beforeAll(async () => {
  [slack, receiver] = await Promise.all([startSlack(), startReceiver()]);
  slack.users.set('U0BEN', member('U0BEN'));
  jetway = await startService({
    log,
    outbound: receiver.outbound(),
    config: { slack: { botToken: BOT_TOKEN, signingSecrets: [SIGNING_SECRET], apiUrl: slack.apiUrl } },
  });
  const { orm } = jetway.database;
  const secrets = openSecrets(localRootSecret(join(jetway.dataDir, 'root-secret')));
  const onSettingsApplied = [applyWebhooksOf({ ids: systemIds, secrets })];
  await putSettings(
    { orm, clock: systemClock, settings: openSettings(EXAMPLE_SETTINGS), onSettingsApplied },
    {
      policies: [{ name: 'one', stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }] }],
      endpoints: [{ name: 'siem', direction: 'out', url: receiver.url, keys: ['k1'] }],
      channels: [{ name: 'all', provider: 'slack', channel: 'C0ALL' }],
      people: [
        { subject: 'ben@example.com', identities: [{ provider: 'slack', team: TEAM, user: 'U0BEN' }] },
      ],
    },
  );
  const vouched = { teams: ['payments'], roles: ['approver'], vouchedAt: new Date() };
  await orm.insert(people).values({ subject: 'ben@example.com', ...vouched });
  const admin = jetway.as({ subject: 'adam@example.com', teams: [], roles: ['admin'] });
  await admin.post('/v1/webhooks/siem/keys/k1/reveal');

  // What goes wrong once is told and tried again: posting in Slack, asking it who clicked, and the first webhook.
  slack.break('chat.postMessage', { error: 'internal_error' });
  slack.break('users.info', { error: 'internal_error' });
  let refusals = 1;
  receiver.state.answer = (_request, response) => {
    response.writeHead(refusals-- > 0 ? 503 : 204).end();
  };
  asked = await jetway.submit(requestBody('followed'));
  const find = () => slack.messages.find((one) => JSON.stringify(one.blocks).includes(asked.account!.name));
  await until('Slack shows it', () => find() !== undefined);
  const [approve] = buttonsOf(find()!).map(({ action_id, value = '' }) => ({ action_id, value }));
  // Each click is another: two that are alike within a second are one that was sent twice.
  const click = async (trigger_id: string) => {
    const { body, headers } = slackCall(clickPayload({ user: 'U0BEN' }, find()!, approve!, { trigger_id }));
    expect((await jetway.send('POST', '/hooks/slack', { body, headers })).status).toBe(200);
  };
  // Refused, because Slack did not say who that is; the second is good.
  await click('1.1');
  await until('the first click is refused', () => slack.whispers.length > 0);
  await click('1.2');
  // Another request at the same time, decided in the local chat: its lines are its own.
  other = await jetway.submit(requestBody('beside'));
  await jetway.click(await jetway.message(other.id), 'approve');
  await Promise.all([jetway.reachesActive(asked.id), jetway.reachesActive(other.id)]);
  await until('every webhook is delivered', () =>
    lines.some(({ msg, correlationId }) => msg === 'a webhook was delivered' && correlationId === asked.id),
  );
}, 120_000);
afterAll(async () => {
  await jetway?.close();
  await Promise.all([slack?.close(), receiver?.close()]);
});

const REQUEST_ID = /req-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const of = (request: RequestAnswer) => lines.filter(({ correlationId }) => correlationId === request.id);

describe('the log', () => {
  it('says in every line that names a request which one it is, in one place', () => {
    const naming = lines.filter((line) => JSON.stringify(line).match(REQUEST_ID));
    expect(naming.length).toBeGreaterThan(40);
    for (const line of naming) {
      const named = new Set(JSON.stringify(line).match(REQUEST_ID));
      expect([...named], JSON.stringify(line)).toEqual([line.correlationId]);
    }
  });

  it('tells the whole way of a request: from the API over outbox, workflow, inbox and chat to webhooks', () => {
    const told = of(asked).map(({ msg, kind, what, route, chat }) =>
      [msg, kind, what, route, chat].filter(Boolean).join(' '),
    );
    for (const line of [
      'call answered /v1/account-requests',
      'delivered put-event',
      'delivered start-execution',
      'message taken ask approval',
      'delivered chat-post',
      'shown in a chat slack',
      'call answered /hooks/slack',
      'delivered chat-click',
      'a click was worked off',
      'delivered task-success',
      'message taken ask admission',
      'message taken fact ProvisioningStarted',
      'message taken fact AccountVended',
      'delivered chat-update',
      'a webhook was delivered',
    ])
      expect(told).toContain(line);
    expect(of(other).map(({ route }) => route)).toContain('/hooks/webhooks/:endpoint');
  });

  it('says of what went wrong which request it was for', () => {
    const wrong = lines.filter(({ level }) => level >= WARN);
    expect([...new Set(wrong.map(({ msg }) => msg))].sort()).toEqual([
      'Slack did not say who has clicked, so the click is refused',
      'a webhook was not delivered',
      'delivery failed, it will be tried again',
    ]);
    for (const line of wrong) expect(line.correlationId, JSON.stringify(line)).toBe(asked.id);
  });
});
