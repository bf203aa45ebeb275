import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  openClient,
  Refused,
  type RequestStatusAnswer,
  Unreachable,
} from '../../services/cli/client.ts';
import { isSettled } from '../../services/cli/vend-request.ts';

/** One person who wants one account and does not give up. */
export type Vend = {
  body: { account: { name: string; email: string }; team: string; owner: { email: string } } & Record<
    string,
    unknown
  >;
  key: string;
  /** Every id that a 202 acknowledged for this key: more than one would be a duplicate. */
  ids: Set<string>;
  /** Answers that were lost, refused as ours (5xx) or cut off, and asked for again. */
  retries: number;
  settledAt?: number;
};

const GUARDRAILS = ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_RESTRICTED_SSH'];

/** @param n makes name, address and key its own */
export function newVend(n: number): Vend {
  const name = `chaos-${n}`;
  const team = ['payments', 'orders', 'analytics'][n % 3]!;
  return {
    key: `key-${name}`,
    ids: new Set(),
    retries: 0,
    body: {
      account: { name, email: `aws+${name}@example.com`, organizationalUnitId: 'ou-ab12-workloads' },
      team,
      owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
      justification: 'killed on the way',
      blueprint:
        n % 2 === 0
          ? { name: 'standard', parameters: { vpc: { size: 'small', availabilityZones: 2 } } }
          : { name: 'sandbox' },
      guardrails: GUARDRAILS,
      access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
    } as Vend['body'],
  };
}

/** Broken connections, answers cut off, and failures on the server's side: worth another try. */
const isPassing = (error: unknown) =>
  error instanceof Unreachable ||
  (error instanceof Refused && (error.status >= 500 || error.status === 429)) ||
  error instanceof TypeError ||
  error instanceof SyntaxError;

/** Tries until it works. @throws what is no passing failure, or the last failure when `until` is over */
export async function persist<T>(work: () => Promise<T>, until: number, onRetry = () => {}): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() > until) throw error;
      onRetry();
      await sleep(50);
    }
  }
}

export const signIn = (url: string, subject: string, teams: string[], roles: string[], until: number) =>
  persist(() => openClient(url).signIn({ subject, teams, roles }), until);

/** Sends the request (again and again with the same key) and has it approved in chat. */
export async function vendStubbornly(
  url: string,
  vend: Vend,
  impatient: boolean,
  until: number,
): Promise<void> {
  const client = await signIn(url, vend.body.owner.email, [vend.body.team], ['requester'], until);
  // Impatient people click twice: both carry the same key.
  await Promise.all((impatient ? [1, 2] : [1]).map(() => send(client, vend, until)));
  for (const id of vend.ids) await approve(client, id, vend, until);
}

/** The id that the service acknowledges for this key; the same for ever. */
export async function send(client: Client, vend: Vend, until: number): Promise<string> {
  const { answer } = await persist(
    () =>
      client.post<RequestStatusAnswer>('/v1/account-requests', vend.body, { 'idempotency-key': vend.key }),
    until,
    () => {
      vend.retries += 1;
    },
  );
  vend.ids.add(answer.id);
  return answer.id;
}

type ChatMessages = {
  items: {
    requestId: string;
    actions: { decision: string; url: string; body: string; headers: Record<string, string> }[];
  }[];
};

/** Clicks Approve until the request is past it. A click whose answer was lost may have counted. */
async function approve(client: Client, id: string, vend: Vend, until: number): Promise<void> {
  const again = () => {
    vend.retries += 1;
  };
  while (Date.now() < until) {
    const request = await statusOf(client, id, until);
    if (request.status !== 'PLANNED' && request.status !== 'AWAITING_APPROVAL') return;
    const { items } = await persist(() => client.get<ChatMessages>('/dev/chat/messages'), until, again);
    const click = items.find((m) => m.requestId === id)?.actions.find((a) => a.decision === 'approve');
    if (!click) {
      await sleep(50);
      continue;
    }
    try {
      await client.post(click.url, click.body, click.headers);
      return;
    } catch (error) {
      // 409: an earlier click, whose answer was lost, has counted.
      if (!isPassing(error) && !(error instanceof Refused && error.status === 409)) throw error;
      again();
      await sleep(50);
    }
  }
}

export const statusOf = (client: Client, id: string, until: number): Promise<RequestStatusAnswer> =>
  persist(() => client.get<RequestStatusAnswer>(`/v1/account-requests/${id}`), until);

/** @returns whether everything has happened to it that will */
export async function hasSettled(operator: Client, vend: Vend, until: number): Promise<boolean> {
  if (vend.settledAt !== undefined) return true;
  if (vend.ids.size === 0) return false;
  for (const id of vend.ids) if (!isSettled(await statusOf(operator, id, until))) return false;
  vend.settledAt = Date.now();
  return true;
}
