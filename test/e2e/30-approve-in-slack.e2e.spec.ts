import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { people, settingsVersions } from '../../db/schema/index.ts';
import { Settings } from '../../services/settings/settings.schema.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';
import {
  BOT_TOKEN,
  buttonsOf,
  clickPayload,
  member,
  reasonPayload,
  SIGNING_SECRET,
  slackCall,
  startSlack,
  TEAM,
  type TestSlack,
} from '../support/slack.ts';

const BEN = { user: 'U0BEN' };

let slack: TestSlack;
let jetway: TestService;

beforeAll(async () => {
  slack = await startSlack();
  slack.users.set('U0BEN', member('U0BEN'));
  jetway = await startService({
    config: { slack: { botToken: BOT_TOKEN, signingSecrets: [SIGNING_SECRET], apiUrl: slack.apiUrl } },
  });
  const { orm } = jetway.database;
  await orm.insert(settingsVersions).values({
    version: 1,
    document: Settings.parse({
      policies: [{ name: 'one', stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }] }],
      people: [
        { subject: 'ben@example.com', identities: [{ provider: 'slack', team: TEAM, user: 'U0BEN' }] },
      ],
      channels: [{ name: 'all', provider: 'slack', channel: 'C0ALL' }],
    }),
    digest: 'sha256:test',
    requestId: 'req-test',
    appliedAt: new Date(),
  });
  const vouched = { teams: ['payments'], roles: ['approver'], vouchedAt: new Date() };
  await orm.insert(people).values({ subject: 'ben@example.com', ...vouched });
});
afterAll(async () => {
  await jetway?.close();
  await slack?.close();
});

const send = ({ body, headers }: { body: string; headers: Record<string, string> }) =>
  jetway.send('POST', '/hooks/slack', { body, headers });

/** The message in Slack about this account, once it is there. */
async function posted(accountName: string) {
  const find = () =>
    slack.messages.find(
      (one) => one.thread === undefined && JSON.stringify(one.blocks).includes(accountName),
    );
  await until(`Slack shows ${accountName}`, () => find() !== undefined);
  const message = find()!;
  const [approve, deny] = buttonsOf(message).map(({ action_id, value = '' }) => ({ action_id, value }));
  return { message, approve: approve!, deny: deny! };
}

describe('a request that is put to approvers in Slack', () => {
  it('is approved by a click, and the vend goes on to a usable account', async () => {
    const body = requestBody('slack');
    const asked = await jetway.submit(body);
    const { message, approve } = await posted(body.account.name);
    expect(message.channel).toBe('C0ALL');
    const click = slackCall(clickPayload(BEN, message, approve));
    expect((await send(click)).status).toBe(200);
    // A replay is refused, and has no effect.
    expect((await send(click)).status).toBe(409);
    await jetway.reachesActive(asked.id);
    const decided = (await jetway.timeline(asked.id)).find((f) => f.type === 'ApprovalDecided');
    expect(decided).toMatchObject({
      actor: 'ben@example.com',
      data: { decision: 'approve', via: 'slack', planDigest: asked.plan.digest },
    });
    await until('the message says so', () => message.edits > 0);
    expect(JSON.stringify(message.blocks)).toMatch(/Approved\. ben@example\.com said yes \(\d{4}-\d\d-\d\d/);
    expect(buttonsOf(message).map((one) => one.action_id)).toEqual(['jetway-page']);
  });

  it('is denied with a reason from the modal, while Slack is busy', async () => {
    const body = requestBody('slack');
    slack.break('chat.postMessage', { retryAfterSeconds: 1 });
    const asked = await jetway.submit(body);
    const { message, deny } = await posted(body.account.name);
    await send(slackCall(clickPayload(BEN, message, deny)));
    const { view } = slack.views.at(-1)!;
    expect((await send(slackCall(reasonPayload(BEN, view, 'No budget this year')))).status).toBe(200);
    const denied = await jetway.reaches(asked.id, 'DENIED');
    expect(denied.failure?.detail).toContain('No budget this year');
    await until('the message says so', () => message.edits > 0);
    expect(JSON.stringify(message.blocks)).toContain('ben@example.com denied it: No budget this year');
  });
});
