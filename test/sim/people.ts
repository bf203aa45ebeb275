import type { Random } from '../../infra/local/world.ts';
import type { Principal } from '../../services/access/principal.ts';
import { type Counts, count } from './conductor.ts';
import { type Answer, type Api, type Ask, ask } from './http.ts';
import { digestOf, type Trace } from './trace.ts';
import type { Owner, Turns } from './turns.ts';

const MINUTE = 60_000;

/** What becomes of a request by the people's doing. */
export type Script =
  | 'approved'
  | 'approved-in-chat'
  | 'denied'
  | 'nobody-decides'
  | 'cancelled-early'
  | 'cancelled-late'
  | 'race'
  | 'self-approval';

export const SCRIPTS: readonly Script[] = [
  'approved',
  'approved',
  'approved',
  'approved-in-chat',
  'denied',
  'nobody-decides',
  'cancelled-early',
  'cancelled-late',
  'race',
  'self-approval',
];

/** One request as its people know it, with every answer that mattered. */
export type Asked = {
  number: number;
  script: Script;
  body: { account: { name: string; email: string; organizationalUnitId: string }; team: string } & Record<
    string,
    unknown
  >;
  key: string;
  requester: Principal;
  id?: string;
  digest?: string;
  /** Every id that was ever acknowledged for the key. */
  ids: Set<string>;
  refused?: Answer;
  answers: { atMs: number; act: 'approve' | 'deny' | 'cancel'; by: string; status: number; code?: string }[];
  done: boolean;
};

export type Crowd = {
  owner: Owner;
  turns: Turns;
  random: Random;
  trace: Trace;
  reached: Counts;
  nowMs: () => number;
  api: () => Api;
  tokenOf: (who: Principal) => Promise<string>;
};

export const OPERATOR: Principal = { subject: 'ops@example.com', teams: [], roles: ['operator', 'auditor'] };
const approverOf = (team: string, name: string): Principal => ({
  subject: `${name}@example.com`,
  teams: [team],
  roles: ['approver'],
});

/** Asks until there is an answer of the service itself: broken connections and 503 are tried again. */
export async function persist(crowd: Crowd, asked: Ask): Promise<Answer> {
  for (;;) {
    const answer = await once(crowd, asked);
    if (answer && answer.status < 500 && answer.body?.code !== 'not-parked') return answer;
    count(crowd.reached, 'asked-again');
    await crowd.turns.sleep(crowd.owner, 1_000 + crowd.random.below(20_000), 'a person waits');
  }
}

/** @returns undefined when the connection broke */
export async function once(crowd: Crowd, asked: Ask): Promise<Answer | undefined> {
  try {
    const answer = await ask(crowd.api(), crowd.tokenOf, asked);
    crowd.trace.add(
      `  http ${asked.method ?? 'GET'} ${asked.path} ${answer.status} ${digestOf(answer.body)}`,
    );
    return answer;
  } catch {
    crowd.trace.add(`  http ${asked.method ?? 'GET'} ${asked.path} broke`);
    return undefined;
  }
}

export function newAsked(number: number, random: Random, script: Script): Asked {
  const name = `acc-${number}-${random.hex(6)}`;
  const team = `team-${random.below(2)}`;
  const guardrails = random.below(2) === 0 ? [] : ['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_RESTRICTED_SSH'];
  const access =
    random.below(2) === 0 ? [] : [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }];
  return {
    number,
    script,
    key: `key-${random.hex(12)}`,
    requester: {
      subject: 'ana@example.com',
      teams: [team],
      roles: script === 'self-approval' ? ['requester', 'approver'] : ['requester'],
    },
    body: {
      account: { name, email: `aws+${name}@example.com`, organizationalUnitId: 'ou-ab12-workloads' },
      team,
      owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
      justification: 'simulated',
      blueprint: { name: 'sandbox' },
      guardrails,
      access,
    },
    ids: new Set(),
    answers: [],
    done: false,
  };
}

/** Everything that people do about one request. Ends when they have done it. */
export async function play(crowd: Crowd, asked: Asked): Promise<void> {
  const { turns, owner, random } = crowd;
  const wait = (mostMs: number) => turns.sleep(owner, random.below(mostMs), 'a person takes time');
  try {
    await wait(5 * MINUTE);
    await submit(crowd, asked);
    if (asked.id === undefined) return;
    await actOn(crowd, asked, wait);
  } finally {
    asked.done = true;
  }
}

async function submit(crowd: Crowd, asked: Asked): Promise<void> {
  const { random } = crowd;
  const request: Ask = {
    method: 'POST',
    path: '/v1/account-requests',
    who: asked.requester,
    body: asked.body,
    headers: { 'idempotency-key': asked.key },
  };
  const times = 1 + (random.below(3) === 0 ? 1 : 0);
  const answers = await Promise.all(Array.from({ length: times }, () => persist(crowd, request)));
  if (times > 1) count(crowd.reached, 'same-request-twice-at-once');
  for (const { status, body } of answers) {
    if (status === 202) {
      asked.ids.add(body.id);
      asked.id = body.id;
      asked.digest = body.plan.digest;
    } else asked.refused = { status, body };
  }
}

async function actOn(crowd: Crowd, asked: Asked, wait: (ms: number) => Promise<void>): Promise<void> {
  const { team } = asked.body;
  const bea = approverOf(team, 'bea');
  const cem = approverOf(team, 'cem');
  switch (asked.script) {
    case 'nobody-decides':
      return;
    case 'approved':
      await wait(30 * MINUTE);
      return void (await decide(crowd, asked, bea, 'approve'));
    case 'approved-in-chat':
      return click(crowd, asked);
    case 'denied':
      await wait(30 * MINUTE);
      return void (await decide(crowd, asked, cem, 'deny'));
    case 'cancelled-early':
      await wait(5 * MINUTE);
      await cancel(crowd, asked);
      return void (await decide(crowd, asked, bea, 'approve'));
    case 'cancelled-late':
      await decide(crowd, asked, bea, 'approve');
      await wait(crowd.random.below(2) === 0 ? 20_000 : 60 * MINUTE);
      return cancel(crowd, asked);
    case 'race':
      await wait(10 * MINUTE);
      count(crowd.reached, 'deciders-raced');
      await Promise.all([
        decide(crowd, asked, bea, 'approve'),
        decide(crowd, asked, cem, 'deny'),
        ...(crowd.random.below(2) === 0 ? [cancel(crowd, asked)] : []),
      ]);
      return;
    case 'self-approval':
      await decide(crowd, asked, asked.requester, 'approve');
      count(crowd.reached, 'self-approval-tried');
      await wait(30 * MINUTE);
      return void (await decide(crowd, asked, bea, 'approve'));
  }
}

async function decide(
  crowd: Crowd,
  asked: Asked,
  who: Principal,
  decision: 'approve' | 'deny',
): Promise<void> {
  const answer = await persist(crowd, {
    method: 'POST',
    path: `/v1/account-requests/${asked.id}/decisions`,
    who,
    body: { decision, planDigest: asked.digest },
  });
  note(crowd, asked, decision, who.subject, answer);
}

async function cancel(crowd: Crowd, asked: Asked): Promise<void> {
  const answer = await persist(crowd, {
    method: 'POST',
    path: `/v1/account-requests/${asked.id}/cancel`,
    who: asked.requester,
  });
  note(crowd, asked, 'cancel', asked.requester.subject, answer);
  if (answer.status === 409) count(crowd.reached, 'cancel-came-too-late');
}

/** Waits for the message, then presses its button, sometimes twice at once. */
async function click(crowd: Crowd, asked: Asked): Promise<void> {
  for (let looks = 0; looks < 60; looks++) {
    await crowd.turns.sleep(crowd.owner, MINUTE, 'a person looks into the chat');
    const messages = await once(crowd, { path: '/dev/chat/messages' });
    // biome-ignore lint/suspicious/noExplicitAny: as the route answers
    const message = messages?.body?.items?.find((m: any) => m.requestId === asked.id);
    // biome-ignore lint/suspicious/noExplicitAny: as the route answers
    const button = message?.actions?.find((a: any) => a.decision === 'approve');
    if (!button) continue;
    const callback = { method: 'POST', path: button.url, body: button.body, headers: button.headers };
    const clicks = 1 + crowd.random.below(2);
    const answers = await Promise.all(Array.from({ length: clicks }, () => once(crowd, callback)));
    if (clicks > 1) count(crowd.reached, 'clicked-twice');
    for (const answer of answers) if (answer) note(crowd, asked, 'approve', 'chat', answer);
    if (answers.some((answer) => answer && answer.status < 500)) return;
  }
}

function note(
  crowd: Crowd,
  asked: Asked,
  act: Asked['answers'][number]['act'],
  by: string,
  { status, body }: Answer,
): void {
  asked.answers.push({ atMs: crowd.nowMs(), act, by, status, code: body?.code });
}
