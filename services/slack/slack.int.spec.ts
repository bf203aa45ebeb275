import { and, eq, isNull, like, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  approvalPrompts,
  chatClicks,
  chatDigests,
  decisions,
  facts,
  outbox,
  people,
  refusedHooks,
  settingsVersions,
  webhookNonces,
} from '../../db/schema/index.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { silent, unique, type Vend } from '../../test/support/service.ts';
import {
  BOT_TOKEN,
  buttonsOf,
  clickPayload,
  member,
  type Person,
  reasonPayload,
  SIGNING_SECRET,
  slackCall,
  startSlack,
  TEAM,
  type TestSlack,
} from '../../test/support/slack.ts';
import { cancel } from '../approvals/cancel.pg.ts';
import type { ApprovalChannel } from '../approvals/channel.port.ts';
import { approvalChannel } from '../chat/channel.pg.ts';
import { OPEN_MESSAGES } from '../chat/digest-message.ts';
import { opaqueId, systemClock } from '../kernel/ids.node.ts';
import { Settings } from '../settings/settings.schema.ts';
import { workClick } from './clicks.pg.ts';
import { slackRoom } from './slack-room.ts';
import { openSlackApi } from './web-api.slack.ts';

const OLD_SECRET = 'the-signing-secret-of-before-0';
const BEN: Person = { user: 'U0BEN' };
const ANA: Person = { user: 'U0ANA' };

const document = (channels: object[]) =>
  Settings.parse({
    policies: [{ name: 'one', stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }] }],
    people: [
      { subject: 'ben@example.com', identities: [{ provider: 'slack', team: TEAM, user: 'U0BEN' }] },
      // The person who asks, under the name that Slack has for her.
      { subject: 'ana@example.com', identities: [{ provider: 'slack', team: TEAM, user: 'U0ANA' }] },
    ],
    channels,
  });

describe.each(databases)('Slack on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let slack: TestSlack;
  let app: App;
  let channel: ApprovalChannel;
  let version = 0;
  beforeAll(async () => {
    [opened, slack] = await Promise.all([open(), startSlack()]);
    const api = openSlackApi(BOT_TOKEN, slack.apiUrl);
    app = openApp(opened.database, { slack: { signingSecrets: [SIGNING_SECRET, OLD_SECRET], api } });
    await app.service.setSnapshot();
    channel = approvalChannel({
      ...app.service.deps,
      log: silent,
      catalogue: app.service.assets.catalogue,
      rooms: { slack: slackRoom(api) },
      local: null,
      pageUrl: (id) => `https://jetway.example.com/requests/${id ?? ''}`,
      newId: opaqueId,
    });
  });
  afterAll(async () => {
    await slack.close();
    await opened.close();
  });
  beforeEach(async () => {
    const { orm } = app.service;
    await app.service.reset();
    for (const table of [refusedHooks, approvalPrompts, chatDigests, chatClicks, webhookNonces])
      await orm.delete(table);
    for (const list of [slack.messages, slack.whispers, slack.views, slack.calls]) list.length = 0;
    slack.users.clear();
    for (const id of ['U0BEN', 'U0ANA', 'U0EVE']) slack.users.set(id, member(id));
    await setChannels([{ name: 'all', provider: 'slack', channel: 'C0ALL' }]);
  });

  const setChannels = async (channels: object[]) => {
    version += 1;
    await app.service.orm.insert(settingsVersions).values({
      version,
      document: document(channels),
      digest: `sha256:${version}`,
      requestId: `req-${version}`,
      appliedAt: new Date(),
    });
  };
  const vouch = async (subject: string, teams: string[], roles = ['approver']) => {
    const row = { subject, teams, roles, vouchedAt: new Date() };
    await app.service.orm.insert(people).values(row).onConflictDoUpdate({ target: people.subject, set: row });
  };
  const show = (vend: Pick<Vend, 'requestId'>, now = new Date()) => channel.show(vend.requestId, now);
  /** A request that is put to the approvers in Slack, with Ben among them. */
  const asked = async (changes: Parameters<typeof app.service.submit>[0] = {}) => {
    const vend = await app.service.submit(changes);
    await vouch('ben@example.com', [vend.team]);
    await vouch('ana@example.com', [vend.team], ['approver', 'requester']);
    await show(vend);
    const message = slack.messages.at(-1)!;
    const [approve, deny] = buttonsOf(message).map(({ action_id, value = '' }) => ({ action_id, value }));
    return { ...vend, message, approve: approve!, deny: deny! };
  };
  type Asked = Awaited<ReturnType<typeof asked>>;
  const send = ({ body, headers }: { body: string; headers: Record<string, string> }) =>
    app.call('POST', '/hooks/slack', { raw: body, headers });
  const click = (vend: Asked, person = BEN, button = vend.approve) =>
    slackCall(clickPayload(person, vend.message, button));
  /** What the relay does with the clicks that were kept. */
  const work = async () => {
    const { orm } = app.service;
    const due = await orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'chat-click'), isNull(outbox.sentAt)));
    const api = openSlackApi(BOT_TOKEN, slack.apiUrl);
    for (const { id, payload } of due) {
      await workClick(
        { ...app.service.deps, clock: systemClock, log: silent, slack: api },
        (payload as { clickId: string }).clickId,
      );
      await orm.update(outbox).set({ sentAt: new Date() }).where(eq(outbox.id, id));
    }
  };
  const decisionOf = async ({ requestId }: Pick<Vend, 'requestId'>) =>
    (await app.service.orm.select().from(decisions).where(eq(decisions.requestId, requestId)))[0];
  const outcomes = async () => (await app.service.orm.select().from(chatClicks)).map((one) => one.outcome);

  describe('a message', () => {
    it('says everything in blocks, and its buttons say nothing', async () => {
      const vend = await asked();
      expect(slack.messages).toHaveLength(1);
      expect(vend.message).toMatchObject({ channel: 'C0ALL' });
      const text = JSON.stringify(vend.message.blocks);
      for (const words of [vend.body.account.name, vend.body.account.email, 'USD a month', 'PCI workload'])
        expect(text).toContain(words);
      expect(buttonsOf(vend.message).map((one) => one.text.text)).toEqual([
        'Approve',
        'Deny',
        'Open the page',
      ]);
      expect(vend.approve.value).not.toContain(vend.requestId);
      expect(vend.approve.value.split('.')[0]!.length).toBeGreaterThanOrEqual(22);
      expect(buttonsOf(vend.message)[0]!.confirm!.text.text).toMatch(
        new RegExp(`the account ${vend.body.account.name} for about .* USD a month`),
      );
    });

    it('is posted once, however often it is shown, and not edited while nothing is new', async () => {
      const vend = await asked();
      await Promise.all([show(vend), show(vend), show(vend)]);
      expect(slack.messages).toHaveLength(1);
      expect(vend.message.edits).toBe(0);
    });

    it('that was posted when its reference was lost is posted again, and the old button still decides', async () => {
      slack.break('chat.postMessage', { lateMs: 0 });
      const vend = await asked();
      // The crash: posted, but nobody knows where.
      await app.service.orm.update(approvalPrompts).set({ reference: null, shown: null, leasedUntil: null });
      await show(vend);
      expect(slack.messages).toHaveLength(2);
      expect(buttonsOf(slack.messages[1]!)[0]!.value).toBe(vend.approve.value);
      expect((await send(click(vend))).status).toBe(200);
      await work();
      expect(await decisionOf(vend)).toMatchObject({ decision: 'approve', decidedBy: 'ben@example.com' });
    });

    it('waits as long as Slack asks for, and is posted then', async () => {
      slack.break('chat.postMessage', { retryAfterSeconds: 7 }, { error: 'not_in_channel' });
      const vend = await app.service.submit();
      await expect(show(vend)).rejects.toMatchObject({ name: 'RetryAfter', afterMs: 7_000 });
      await expect(show(vend)).rejects.toThrow('Slack refuses: not_in_channel');
      await show(vend);
      expect(slack.messages).toHaveLength(1);
    });

    it('goes where the settings say: by unit, team or kind, the first that fits', async () => {
      const team = unique('team');
      await setChannels([
        {
          name: 'a',
          provider: 'slack',
          channel: 'C0OTHER',
          for: { organizationalUnitIds: ['ou-ab12-sandboxes'] },
        },
        { name: 'b', provider: 'slack', channel: 'C0UNITS', for: { kinds: ['organizational-unit-change'] } },
        { name: 'c', provider: 'slack', channel: 'C0TEAM', for: { teams: [team] } },
        {
          name: 'd',
          provider: 'slack',
          channel: 'C0ALL',
          for: { organizationalUnitIds: ['ou-ab12-workloads'] },
        },
      ]);
      expect((await asked({ team })).message.channel).toBe('C0TEAM');
      expect((await asked()).message.channel).toBe('C0ALL');
      // No channel fits: nobody is asked in chat.
      await setChannels([{ name: 'c', provider: 'slack', channel: 'C0TEAM', for: { teams: [team] } }]);
      await show(await app.service.submit());
      expect(slack.messages).toHaveLength(2);
    });

    it('loses its buttons when it is asked for elsewhere', async () => {
      const vend = await asked();
      await setChannels([{ name: 'new', provider: 'slack', channel: 'C0NEW' }]);
      await show(vend);
      expect(slack.messages.map((one) => one.channel)).toEqual(['C0ALL', 'C0NEW']);
      expect(buttonsOf(vend.message).map((one) => one.action_id)).toEqual(['jetway-page']);
      expect(JSON.stringify(vend.message.blocks)).toContain('Superseded');
    });

    it.each<[string, RegExp, (vend: Asked) => Promise<unknown>]>([
      [
        'decided elsewhere',
        /Approved\. bob@example\.com said yes \(\d{4}-/,
        (v) => app.service.decide(v, 'approve', 'bob@example.com'),
      ],
      [
        'denied elsewhere',
        /bob@example\.com denied it/,
        (v) => app.service.decide(v, 'deny', 'bob@example.com'),
      ],
      [
        'cancelled',
        /The request was cancelled\. ana@example\.com/,
        (v) =>
          cancel(
            app.service.deps,
            { subject: 'ana@example.com', teams: [v.team], roles: ['requester'] },
            v.requestId,
          ),
      ],
    ])('that is %s says so, and its buttons go', async (_what, words, end) => {
      const vend = await asked();
      await end(vend);
      await show(vend);
      expect(vend.message.edits).toBe(1);
      expect(JSON.stringify(vend.message.blocks)).toMatch(words);
      expect(buttonsOf(vend.message).map((one) => one.action_id)).toEqual(['jetway-page']);
    });
  });

  it('shows how far a quorum is, and names everybody at the end', async () => {
    version += 1;
    const two = document([{ name: 'all', provider: 'slack', channel: 'C0ALL' }]);
    await app.service.orm.insert(settingsVersions).values({
      version,
      document: {
        ...two,
        policies: [{ ...two.policies[0], stages: [{ ...two.policies[0]!.stages[0], quorum: 2 }] }],
      },
      digest: 'x',
      requestId: `req-${version}`,
      appliedAt: new Date(),
    });
    const vend = await asked();
    expect(JSON.stringify(vend.message.blocks)).toContain('So far: 0 of 2');
    await send(click(vend));
    await work();
    await show(vend);
    expect(JSON.stringify(vend.message.blocks)).toContain('So far: 1 of 2 approvals (ben@example.com)');
    expect(buttonsOf(vend.message)).toHaveLength(3);
    // The same person twice is one person.
    await send(slackCall(clickPayload(BEN, vend.message, vend.approve, { trigger_id: 'again' })));
    await work();
    expect(slack.whispers).toHaveLength(1);
    await app.service.decide(vend, 'approve', 'bob@example.com');
    await show(vend);
    expect(JSON.stringify(vend.message.blocks)).toContain(
      'Approved. ben@example.com and bob@example.com said yes',
    );
    expect(buttonsOf(vend.message)).toHaveLength(1);
  });

  describe('a click on Approve', () => {
    it('is acknowledged at once, decides afterwards as the mapped person, and edits the message', async () => {
      const vend = await asked();
      const answer = await send(click(vend));
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(await decisionOf(vend)).toBeUndefined();
      await work();
      expect(await decisionOf(vend)).toMatchObject({
        decision: 'approve',
        decidedBy: 'ben@example.com',
        via: 'slack',
        planDigest: vend.planDigest,
      });
      await show(vend);
      expect(JSON.stringify(vend.message.blocks)).toMatch(/Approved\. ben@example\.com said yes \(/);
      expect(slack.whispers).toEqual([]);
    });

    it('vouches for nobody: only a token says anew what its person may', async () => {
      const vend = await asked();
      const vouchedAt = new Date(Date.now() - 3_600_000);
      const ben = eq(people.subject, 'ben@example.com');
      await app.service.orm.update(people).set({ vouchedAt }).where(ben);
      await send(click(vend));
      await work();
      expect(await outcomes()).toEqual(['approve']);
      const [row] = await app.service.orm.select().from(people).where(ben);
      expect(row?.vouchedAt).toEqual(vouchedAt);
    });

    it('is worked off once, however often the relay delivers it', async () => {
      const vend = await asked();
      await send(click(vend));
      await work();
      await app.service.orm.update(outbox).set({ sentAt: null }).where(eq(outbox.kind, 'chat-click'));
      await work();
      expect(await outcomes()).toEqual(['approve']);
      expect(slack.whispers).toEqual([]);
    });

    it.each<[string, Person, object | undefined, string]>([
      ['a guest of one channel', BEN, member('U0BEN', { is_ultra_restricted: true }), 'not-a-member'],
      ['a guest of many channels', BEN, member('U0BEN', { is_restricted: true }), 'not-a-member'],
      ['a stranger', BEN, member('U0BEN', { is_stranger: true }), 'not-a-member'],
      ['somebody who has left', BEN, member('U0BEN', { deleted: true }), 'not-a-member'],
      ['a bot', BEN, member('U0BEN', { is_bot: true }), 'not-a-member'],
      ['a member of another workspace', BEN, member('U0BEN', { team_id: 'T0OTHER' }), 'not-a-member'],
      [
        'an external member by the call itself',
        { user: 'U0BEN', home: 'T0OTHER' },
        member('U0BEN'),
        'not-a-member',
      ],
      ['whom Slack does not know', BEN, undefined, 'not-a-member'],
      ['of whom Slack does not say everything', BEN, { id: 'U0BEN', team_id: TEAM }, 'not-a-member'],
      ['whom nobody has mapped', { user: 'U0EVE' }, member('U0EVE'), 'unknown-person'],
      [
        'the same user id in an enterprise',
        { user: 'U0BEN', enterprise: 'E0X' },
        member('U0BEN'),
        'unknown-person',
      ],
      ['the person who asked, by her second name', ANA, member('U0ANA'), 'self-approval'],
    ])('of %s decides nothing, and only that person is told', async (_what, person, user, code) => {
      const vend = await asked();
      if (user) slack.users.set(person.user, user);
      else slack.users.delete(person.user);
      expect((await send(click(vend, person))).status).toBe(200);
      await work();
      expect(await decisionOf(vend)).toBeUndefined();
      expect(await outcomes()).toEqual([code]);
      const tried = await app.service.orm
        .select()
        .from(facts)
        .where(
          and(eq(facts.type, 'ApprovalAttempted'), sql`${facts.data} ->> 'requestId' = ${vend.requestId}`),
        );
      expect(tried.map(({ data }) => data)).toMatchObject([
        { via: 'slack', outcome: 'refused', reason: code },
      ]);
      expect(slack.whispers).toEqual([
        { channel: 'C0ALL', user: person.user, text: expect.stringMatching(/^Not done\. /) },
      ]);
      expect(slack.messages).toHaveLength(1);
    });

    it('is refused when Slack cannot be asked who it was', async () => {
      const vend = await asked();
      slack.break('users.info', { retryAfterSeconds: 30 });
      await send(click(vend));
      await work();
      expect(await outcomes()).toEqual(['not-a-member']);
    });

    it('takes nothing of the message for the person: only the signed user object', async () => {
      const vend = await asked();
      const payload = clickPayload({ user: 'U0EVE' }, vend.message, vend.approve, {
        message: { user: 'U0BEN', text: '<@U0BEN> approves', metadata: { approver: 'ben@example.com' } },
        approver: 'ben@example.com',
      });
      await send(slackCall(payload));
      await work();
      expect(await outcomes()).toEqual(['unknown-person']);
    });

    it('on another plan, on a prompt that is none, after a cancel or a decision changes nothing', async () => {
      const vend = await asked();
      const [id] = vend.approve.value.split('.');
      const other = { ...vend.approve, value: `${id}.sha256:${'0'.repeat(64)}` };
      const none = { ...vend.approve, value: `${opaqueId()}.${vend.planDigest}` };
      await send(click(vend, BEN, other));
      await send(click(vend, BEN, none));
      await work();
      expect((await outcomes()).sort()).toEqual(['not-found', 'plan-differs']);
      await cancel(
        app.service.deps,
        { subject: 'ana@example.com', teams: [vend.team], roles: ['requester'] },
        vend.requestId,
      );
      await send(click(vend));
      await work();
      expect((await outcomes()).sort()).toEqual(['cancelled', 'not-found', 'plan-differs']);
      expect(await decisionOf(vend)).toBeUndefined();
    });

    it('tells a loser who won', async () => {
      const vend = await asked();
      await app.service.decide(vend, 'deny', 'bob@example.com');
      await send(click(vend));
      await work();
      expect(slack.whispers[0]?.text).toContain('bob@example.com already chose to deny it');
    });

    it('has its refusal told after a break of Slack', async () => {
      const vend = await asked();
      slack.break('chat.postEphemeral', { error: 'internal_error' });
      await send(click(vend, ANA));
      await expect(work()).rejects.toThrow('internal_error');
      await work();
      expect(slack.whispers).toHaveLength(1);
      await work();
      expect(slack.whispers).toHaveLength(1);
    });
  });

  describe('a click on Deny', () => {
    it('asks for the reason, and decides with it', async () => {
      const vend = await asked();
      expect((await send(click(vend, BEN, vend.deny))).status).toBe(200);
      const { view } = slack.views[0]!;
      expect(view.callback_id).toBe('jetway-deny-reason');
      const empty = await send(slackCall(reasonPayload(BEN, view, '  ')));
      expect(empty.body).toMatchObject({ response_action: 'errors', errors: { reason: expect.any(String) } });
      const given = await send(slackCall(reasonPayload(BEN, view, 'Too *dear* <!channel>')));
      expect([given.status, given.text]).toEqual([200, '']);
      await work();
      expect(await decisionOf(vend)).toMatchObject({
        decision: 'deny',
        comment: 'Too *dear* <!channel>',
        via: 'slack',
      });
      await show(vend);
      expect(vend.message.text).not.toContain('<!channel>');
      expect(JSON.stringify(vend.message.blocks)).not.toMatch(/"type":"mrkdwn"[^}]*channel/);
    });

    it('has nothing to ask when it is settled already, and is no harm when Slack is slow', async () => {
      const vend = await asked();
      await app.service.decide(vend, 'approve', 'bob@example.com');
      await show(vend);
      await send(click(vend, BEN, vend.deny));
      expect(slack.views[0]!.view).not.toHaveProperty('submit');
      slack.break('views.open', { lateMs: 4_000 });
      const before = Date.now();
      expect(
        (await send(slackCall(clickPayload(BEN, vend.message, vend.deny, { trigger_id: 'else' })))).status,
      ).toBe(200);
      expect(Date.now() - before).toBeLessThan(3_000);
    });
  });

  describe('a call', () => {
    it('has its effect once', async () => {
      const vend = await asked();
      const once = click(vend);
      expect((await send(once)).status).toBe(200);
      const many = counted(10_000);
      const statuses = new Set<number>();
      for (let i = 0; i < many; i += 20)
        for (const { status } of await Promise.all(Array.from({ length: 20 }, () => send(once))))
          statuses.add(status);
      expect([...statuses]).toEqual([409]);
      await work();
      expect(await outcomes()).toEqual(['approve']);
    });

    it('that is sent eight times at once is heard once', async () => {
      const once = click(await asked());
      const statuses = (await Promise.all(Array.from({ length: 8 }, () => send(once)))).map((a) => a.status);
      expect(statuses.sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
    });

    it('that is forged leaves nothing behind, and uses no nonce up', async () => {
      const vend = await asked();
      const good = click(vend);
      const late = (ms: number) => slackCall(clickPayload(BEN, vend.message, vend.approve), Date.now() + ms);
      for (const forged of [
        { ...good, body: good.body.replace('U0BEN', 'U0EVE') },
        { ...good, body: `${good.body} ` },
        { ...good, headers: { ...good.headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` } },
        { ...good, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        late(-301_000),
        late(302_000),
        slackCall(
          clickPayload(BEN, vend.message, vend.approve),
          Date.now(),
          'another-secret-of-somebody-else',
        ),
      ])
        expectProblem(await send(forged), 401, 'bad-signature');
      expect(
        await app.service.orm.select().from(webhookNonces).where(like(webhookNonces.nonce, 'slack:%')),
      ).toEqual([]);
      expect(await app.service.orm.select().from(chatClicks)).toEqual([]);
      expect((await send(good)).status).toBe(200);
      const counts = await app.service.orm.select().from(refusedHooks);
      expect(counts.reduce((sum, { endpoint, count }) => sum + (endpoint === 'slack' ? count : 0), 0)).toBe(
        7,
      );
    });

    it('that was signed with the old secret is heard while both are good', async () => {
      const vend = await asked();
      const old = slackCall(clickPayload(BEN, vend.message, vend.approve), Date.now(), OLD_SECRET);
      expect((await send(old)).status).toBe(200);
    });

    it('that is signed but no click of ours is refused or ignored', async () => {
      const vend = await asked();
      const good = clickPayload(BEN, vend.message, vend.approve);
      for (const wrong of [
        { ...good, actions: [] },
        { ...good, actions: [good.actions[0], good.actions[0]] },
        { ...good, user: { id: '<script>' } },
        { ...good, type: 'shortcut' },
        clickPayload(BEN, vend.message, { action_id: 'jetway-approve', value: vend.requestId }),
      ])
        expectProblem(await send(slackCall(wrong)), 422, 'validation');
      const ignored = clickPayload(BEN, vend.message, { action_id: 'jetway-page' });
      expect((await send(slackCall(ignored))).status).toBe(200);
      expect(await app.service.orm.select().from(chatClicks)).toEqual([]);
    });
  });

  describe('against fatigue', () => {
    it(`what one team asks for beyond ${OPEN_MESSAGES} open messages an hour shares one message`, async () => {
      const team = unique('team');
      for (let i = 0; i < OPEN_MESSAGES; i++) await asked({ team });
      const folded = [];
      for (let i = 0; i < 3; i++) {
        const vend = await app.service.submit({ team });
        await show(vend);
        folded.push(vend);
      }
      expect(slack.messages).toHaveLength(OPEN_MESSAGES + 1);
      const digest = slack.messages.at(-1)!;
      const text = () => JSON.stringify(digest.blocks);
      expect(text()).toContain(`the team ${team}: 3 more requests wait for an answer`);
      for (const { body } of folded) expect(text()).toContain(body.account.name);
      // Nothing can be decided from a list.
      expect(buttonsOf(digest).map((one) => one.action_id)).toEqual(['jetway-page']);
      await app.service.decide(folded[0]!, 'approve', 'bob@example.com');
      await show(folded[0]!);
      expect(text()).toContain('2 more requests wait');
      expect(text()).toContain('bob@example.com said yes');
      // Another team, and another person: not folded.
      const { orm } = app.service;
      await orm.update(approvalPrompts).set({ requestedBy: 'somebody@example.com' });
      await asked();
      expect(slack.messages).toHaveLength(OPEN_MESSAGES + 2);
    });

    it('reminders of one place within an hour are gathered; the first names whom one waits for', async () => {
      const [first, second, third] = [await asked(), await asked(), await asked()];
      const remind = ({ requestId }: Vend) => channel.remind(requestId, 'remind', new Date());
      await remind(first);
      const note = slack.messages.at(-1)!;
      expect(note).toMatchObject({ thread: first.message.ts, channel: 'C0ALL' });
      expect(JSON.stringify(note.blocks)).toContain(
        `Waiting for one of: approvers of the team ${first.team}`,
      );
      await remind(second);
      await remind(third);
      expect(slack.messages).toHaveLength(5);
      const gathered = JSON.stringify(slack.messages.at(-1)!.blocks);
      for (const { body } of [second, third]) expect(gathered).toContain(body.account.name);
      // Nothing is said of what is settled, and an escalation is always said.
      await app.service.decide(first, 'approve', 'bob@example.com');
      await channel.remind(first.requestId, 'escalate', new Date());
      expect(slack.messages).toHaveLength(5);
      await channel.remind(second.requestId, 'escalate', new Date());
      expect(slack.messages).toHaveLength(6);
    });
  });
});
