import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Button, MessageBlock, Modal } from '../../services/slack/block-kit.ts';
import { signSlackCall } from '../../services/slack/signature.ts';

export const TEAM = 'T0JETWAY';
export const SIGNING_SECRET = 'a-signing-secret-of-tests-0000';
export const BOT_TOKEN = 'xoxb-a-token-of-tests-0000000000';

export type SlackMessage = {
  channel: string;
  ts: string;
  text: string;
  blocks: MessageBlock[];
  thread: string | undefined;
  edits: number;
};
type Answer = Record<string, unknown>;

/** What goes wrong with the next calls of a method: an answer in place of Slack's, a pause, or a late answer. */
export type Trouble = { error: string } | { retryAfterSeconds: number } | { lateMs: number };

/** A member of the workspace, as `users.info` shows one. */
export const member = (id: string, changes: object = {}) => ({
  id,
  team_id: TEAM,
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
  ...changes,
});

/** A server on this machine that speaks the part of Slack's Web API that we call, and whose people click. */
export async function startSlack() {
  const messages: SlackMessage[] = [];
  const whispers: { channel: string; user: string; text: string }[] = [];
  const views: { triggerId: string; view: Modal }[] = [];
  const users = new Map<string, object>();
  const calls: string[] = [];
  const trouble = new Map<string, Trouble[]>();
  let clock = 1_700_000_000;

  const find = (channel: unknown, ts: unknown) =>
    messages.find((one) => one.channel === channel && one.ts === ts);
  const methods: Record<string, (given: Record<string, string>) => Answer> = {
    'chat.postMessage'({ channel = '', text = '', blocks = '[]', thread_ts }) {
      clock += 1;
      const message = {
        channel,
        ts: `${clock}.000100`,
        text,
        blocks: JSON.parse(blocks),
        thread: thread_ts,
        edits: 0,
      };
      messages.push(message);
      return { ok: true, channel, ts: message.ts };
    },
    'chat.update'({ channel, ts, text = '', blocks = '[]' }) {
      const message = find(channel, ts);
      if (!message) return { ok: false, error: 'message_not_found' };
      Object.assign(message, { text, blocks: JSON.parse(blocks), edits: message.edits + 1 });
      return { ok: true, channel, ts };
    },
    'chat.postEphemeral'({ channel = '', user = '', text = '' }) {
      whispers.push({ channel, user, text });
      return { ok: true };
    },
    'views.open'({ trigger_id = '', view = '{}' }) {
      views.push({ triggerId: trigger_id, view: JSON.parse(view) });
      return { ok: true };
    },
    'users.info'({ user = '' }) {
      const found = users.get(user);
      return found ? { ok: true, user: found } : { ok: false, error: 'user_not_found' };
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? '').replace(/^\/api\//, '');
    const given = Object.fromEntries(new URLSearchParams(await textOf(request)));
    calls.push(method);
    const send = (status: number, body: Answer, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
    const wrong = trouble.get(method)?.shift();
    if (wrong && 'lateMs' in wrong) await new Promise((resolve) => setTimeout(resolve, wrong.lateMs));
    if (wrong && 'retryAfterSeconds' in wrong)
      return send(429, { ok: false, error: 'ratelimited' }, { 'retry-after': `${wrong.retryAfterSeconds}` });
    if (wrong && 'error' in wrong) return send(200, { ok: false, error: wrong.error });
    if (request.headers.authorization !== `Bearer ${BOT_TOKEN}`)
      return send(200, { ok: false, error: 'invalid_auth' });
    const known = methods[method];
    return send(200, known ? known(given) : { ok: false, error: 'unknown_method' });
  }

  const server: Server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    messages,
    whispers,
    views,
    users,
    calls,
    /** The next calls of the method go wrong, in this order. */
    break(method: string, ...troubles: Trouble[]) {
      trouble.set(method, [...(trouble.get(method) ?? []), ...troubles]);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
export type TestSlack = Awaited<ReturnType<typeof startSlack>>;

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export const buttonsOf = ({ blocks }: Pick<SlackMessage, 'blocks'>): Button[] =>
  blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));

export type Person = { user: string; team?: string; home?: string; enterprise?: string };

const who = ({ user, team = TEAM, home = team, enterprise }: Person) => ({
  user: { id: user, username: 'whoever', name: 'whoever', team_id: home },
  team: { id: team, domain: 'jetway' },
  enterprise: enterprise === undefined ? null : { id: enterprise, name: 'Jetway' },
  api_app_id: 'A0JETWAY',
  token: 'deprecated',
});

/** What Slack sends when somebody clicks a button of a message. */
export const clickPayload = (
  person: Person,
  message: Pick<SlackMessage, 'channel' | 'ts'>,
  button: Pick<Button, 'action_id'> & { value?: string },
  changes: object = {},
) => ({
  type: 'block_actions',
  ...who(person),
  trigger_id: '12466734323.1395872398',
  response_url: 'https://hooks.slack.com/actions/T0JETWAY/1/2',
  container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
  channel: { id: message.channel, name: 'approvals' },
  message: { type: 'message', ts: message.ts, user: 'U0SOMEBODYELSE', text: 'approved by U0BEN' },
  actions: [{ type: 'button', block_id: 'decision', action_ts: '1548261231.1', ...button }],
  ...changes,
});

/** What Slack sends when the modal with the reason is submitted. */
export const reasonPayload = (person: Person, view: Modal, reason: string | null) => ({
  type: 'view_submission',
  ...who(person),
  view: {
    id: 'V0JETWAY',
    type: 'modal',
    callback_id: view.callback_id,
    private_metadata: view.private_metadata,
    state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
  },
});

/** A call as Slack makes it: one form field, signed. */
export function slackCall(payload: object, at = Date.now(), secret = SIGNING_SECRET) {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...signSlackCall(secret, String(Math.floor(at / 1_000)), Buffer.from(body)),
    },
  };
}
