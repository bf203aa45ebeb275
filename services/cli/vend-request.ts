import { digestOf } from '../kernel/canonical-json.ts';
import type { Client, RequestStatusAnswer } from './client.ts';
import type { Progress } from './progress.ts';

export type Outcome = { request: RequestStatusAnswer; replayed: boolean };

/** Nothing more can come: the account is usable, or the request has ended or stands in quarantine. */
export const isSettled = (r: RequestStatusAnswer): boolean =>
  ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED', 'QUARANTINED', 'CLOSED'].includes(r.status) ||
  (r.status === 'ACTIVE' && r.steps.every((s) => s.status === 'succeeded'));

/** Sends one request. The key comes from the content, so running the same file again joins the first request. */
export async function send(client: Client, body: unknown, again: string): Promise<Outcome> {
  const key = `vend-${digestOf(body).slice(7, 39)}${again}`;
  const { answer, headers } = await client.post<RequestStatusAnswer>('/v1/account-requests', body, {
    'idempotency-key': key,
  });
  return { request: answer, replayed: headers.get('idempotent-replayed') === 'true' };
}

/** Follows a request until it is settled. @returns undefined when the time was up first */
export async function follow(
  client: Client,
  id: string,
  progress: Progress,
  timeoutMs: number,
): Promise<RequestStatusAnswer | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    for await (const { event, data } of client.events(`/v1/account-requests/${id}/events`, abort.signal)) {
      if (event !== 'request') continue;
      const request = JSON.parse(data) as RequestStatusAnswer;
      progress.update(request);
      if (isSettled(request)) return request;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    abort.abort();
    progress.done();
  }
}

/** Approves as somebody through the API, as an approver of the team would. */
export async function approveAs(
  client: Client,
  subject: string,
  team: string,
  request: RequestStatusAnswer,
): Promise<void> {
  const approver = await client.signIn({ subject, teams: [team], roles: ['approver'] });
  await approver.post(`/v1/account-requests/${request.id}/decisions`, {
    decision: 'approve',
    planDigest: request.plan.digest,
    comment: 'approved from the command line',
  });
}

type ChatMessages = {
  items: {
    requestId: string;
    actions: { decision: string; url: string; body: string; headers: Record<string, string> }[];
  }[];
};

/** Clicks Approve in the local chat: waits for the message, then sends its signed callback unchanged. */
export async function approveInChat(client: Client, requestId: string, patienceMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
    const { items } = await client.get<ChatMessages>('/dev/chat/messages');
    const action = items
      .find((m) => m.requestId === requestId)
      ?.actions.find((a) => a.decision === 'approve');
    if (action) {
      await client.post(action.url, action.body, action.headers);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error('no message about this request appeared in the local chat');
}
