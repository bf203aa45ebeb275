import { digestOf } from '../kernel/canonical-json.ts';
import { RequestStatus } from './answers.schema.ts';
import type { Client } from './client.ts';

export type Outcome = { request: RequestStatus; replayed: boolean };

/** Nothing more can come: the account is usable, or the request has ended or stands in quarantine. */
export const isSettled = (r: { status: string; steps: readonly { status: string }[] }): boolean =>
  ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED', 'QUARANTINED', 'CLOSED'].includes(r.status) ||
  (r.status === 'ACTIVE' && r.steps.every((s) => s.status === 'succeeded'));

/** Nobody has decided about it yet. */
export const isUndecided = ({ status }: { status: string }): boolean =>
  ['PLANNED', 'AWAITING_APPROVAL'].includes(status);

/** Sends one request. The key comes from the content, so running the same file again joins the first request. */
export async function send(client: Client, body: unknown, again: string): Promise<Outcome> {
  const key = `vend-${digestOf(body).slice(7, 39)}${again}`;
  const { answer, headers } = await client.send(RequestStatus, '/v1/account-requests', body, {
    'idempotency-key': key,
  });
  return { request: answer, replayed: headers.get('idempotent-replayed') === 'true' };
}

/** Decides about exactly the plan that the answer names. */
export async function decide(
  client: Client,
  { id, plan }: Pick<RequestStatus, 'id' | 'plan'>,
  decision: 'approve' | 'deny',
  comment?: string,
): Promise<RequestStatus> {
  const { answer } = await client.send(RequestStatus, `/v1/account-requests/${id}/decisions`, {
    decision,
    planDigest: plan.digest,
    ...(comment === undefined ? {} : { comment }),
  });
  return answer;
}

/** Approves as somebody through the API, as an approver of the team would. */
export async function approveAs(
  client: Client,
  subject: string,
  team: string,
  request: RequestStatus,
): Promise<void> {
  const approver = await client.signIn({ subject, teams: [team], roles: ['approver'] });
  await decide(approver, request, 'approve', 'approved from the command line');
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
