import { ORGANIZATION } from '../reconciliation/observation.ts';
import { observationsOf } from '../reconciliation/observed-facts.ts';
import type { RequestKind } from '../requests/kinds.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { type Subject, subjectOf } from '../requests/subject.ts';
import { type Fact, GOVERNANCE } from './fact.ts';
import { type GuardrailRow, guardrailRows } from './guardrail-view.ts';
import { foldRequest, type RequestState, viewColumns } from './request-view.ts';
import { guardrailSpans, statusSpans } from './spans.ts';

/** A request as it was stored: written once, so what is folded from it may rest on it. */
export type StoredRequest = {
  id: string;
  kind: RequestKind;
  team: string;
  body: unknown;
  planText: string;
  /** RFC 3339 UTC */
  createdAt: string;
};

/** Rows by the names of their columns. */
export type Row = Record<string, unknown>;

/** What the guardrails of an account became with the facts of one transaction. */
export type GuardrailTurn = {
  /** Of the first and the last fact. */
  from: number;
  upto: number;
  /** RFC 3339 UTC */
  at: string;
  guardrails: readonly GuardrailRow[];
  /** When controls ended, in milliseconds, by control. */
  endOf: ReadonlyMap<string, number>;
  /** Whether it follows another request than the one that made it. */
  changed: boolean;
  /** Config rules that its requests have ever attached. */
  rules: ReadonlySet<string>;
};

type Account = {
  account_id: string;
  name: unknown;
  email: unknown;
  email_canonical: unknown;
  organizational_unit_id: unknown;
  team: string | null;
  status: string;
  origin: string;
  request_id: string | null;
  plan_request_id: string | null;
  blueprint: unknown;
  created_at: string;
  updated_at: string;
};
type Span = { from_at: number; to_at: number | null; known_at: string; end_known_at: string | null } & Row;
type Identity = Pick<Account, 'account_id' | 'name' | 'email' | 'organizational_unit_id' | 'team'> & {
  from_at: number;
  known_at: string;
};
type View = {
  request: StoredRequest;
  subject: Subject;
  facts: Fact[];
  state: RequestState;
  updatedAt: string;
};

const ENDED = ['DEPARTED', 'CLOSING', 'CLOSED', 'SUSPENDED'];
const FINISHES: readonly Fact['type'][] = ['AccountVended', 'AccountChanged'];
const SPEAK: readonly Fact['type'][] = ['GuardrailsAttached', 'AccountChanged'];

export type Replay = ReturnType<typeof openReplay>;

/** What is read of a plan, or of a request. */
type Followed = { blueprint?: { name: string; version?: string } };

/**
 * Tells the story of requests, accounts and guardrails again, transaction by transaction, in memory: a few facts for each
 * account. Findings are many and are reckoned elsewhere.
 */
export function openReplay(requests: ReadonlyMap<string, StoredRequest>) {
  const views = new Map<string, View>();
  const requestsOf = new Map<string, Set<string>>();
  const accounts = new Map<string, Account>();
  const spans = new Map<string, Map<number, Span>>();
  const identities = new Map<string, Identity[]>();
  const guardrails = new Map<string, GuardrailRow[]>();
  const guarded = new Map<string, Map<string, Span>>();
  const observed = new Map<string, Row & { version: number; fact_id: string }>();
  const turns = new Map<string, GuardrailTurn[]>();
  let newestReading = Number.NEGATIVE_INFINITY;

  /** Facts of one transaction, in their order. */
  function take(group: readonly Fact[]): void {
    const now = group[0]?.recordedAt ?? '';
    group.forEach(observe);
    for (const fact of group) {
      if (fact.type !== 'OrganizationReconciled' || fact.version <= newestReading) continue;
      newestReading = fact.version;
      writeObserved(group, now);
      spanObserved(now);
      for (const id of accounts.keys()) noteIdentity(id, now);
    }
    const touched = new Map<string, Fact[]>();
    for (const fact of group)
      if (fact.lane === GOVERNANCE && fact.requestId !== undefined && requests.has(fact.requestId))
        touched.set(fact.requestId, [...(touched.get(fact.requestId) ?? []), fact]);
    const rows = [...touched].map(([id, fresh]) => fold(id, fresh, now));
    for (const row of rows) writeAccount(row, now);
    for (const row of rows) writeSpans(row, now);
    const withAccount = rows.filter(({ state }) => state.accountId !== undefined);
    for (const { state } of withAccount) noteIdentity(state.accountId!, now);
    for (const { facts, state } of withAccount)
      if (facts.some((f) => FINISHES.includes(f.type))) followPlan(state.accountId!);
    const attached = withAccount.filter(({ facts }) => facts.some((f) => f.type === 'GuardrailsAttached'));
    for (const id of new Set(attached.map(({ state }) => state.accountId!))) writeGuardrails(id, now);
    for (const id of new Set(
      group.flatMap((f) => (SPEAK.includes(f.type) && f.accountId !== undefined ? [f.accountId] : [])),
    ))
      noteTurn(id, group, now);
  }

  function observe(fact: Fact): void {
    for (const { scope, kind, key, value } of observationsOf(fact)) {
      const place = [scope, kind, key].join('\u0000');
      const was = observed.get(place);
      const isNewer =
        !was || was.version < fact.version || (was.version === fact.version && was.fact_id < fact.id);
      if (isNewer) observed.set(place, { scope, kind, key, value, version: fact.version, fact_id: fact.id });
    }
  }

  function fold(id: string, fresh: readonly Fact[], now: string): View & { quiet: boolean } {
    const request = requests.get(id)!;
    const was = views.get(id);
    const facts = [...(was?.facts ?? []), ...fresh];
    const subject = was?.subject ?? subjectOf(request);
    const folded = foldRequest(facts, request.kind);
    const state = subject.accountId === null ? folded : { ...folded, accountId: subject.accountId };
    const view = { request, subject, facts, state, updatedAt: now };
    views.set(id, view);
    if (state.accountId !== undefined)
      requestsOf.set(state.accountId, (requestsOf.get(state.accountId) ?? new Set<string>()).add(id));
    // What came in order and turned nothing leaves the spans as they are.
    const quiet =
      was !== undefined &&
      was.state.status === state.status &&
      was.state.accountId === state.accountId &&
      fresh.every((f) => f.occurredAt > was.state.updatedAt);
    return { ...view, quiet };
  }

  function writeAccount({ request, state }: View, now: string): void {
    if (request.kind !== 'account' || state.accountId === undefined) return;
    const { account, blueprint } = AccountRequest.parse(request.body);
    const was = accounts.get(state.accountId);
    accounts.set(state.accountId, {
      ...(was ?? {
        account_id: state.accountId,
        name: account.name,
        email: account.email,
        email_canonical: account.email.trim().toLowerCase(),
        organizational_unit_id: account.organizationalUnitId,
        plan_request_id: null,
        created_at: now,
      }),
      team: request.team,
      status: was && ENDED.includes(was.status) ? was.status : state.status,
      origin: 'VENDED',
      request_id: request.id,
      blueprint: was && was.plan_request_id !== null ? was.blueprint : blueprint,
      updated_at: now,
    });
  }

  function writeSpans({ request, subject, facts, state, quiet }: View & { quiet: boolean }, now: string) {
    if (request.kind !== 'account' || state.accountId === undefined || quiet) return;
    const wanted = statusSpans(facts, request.kind, {
      accountId: state.accountId,
      organizationalUnitId: subject.organizationalUnitId,
      team: request.team,
    });
    const was = spans.get(state.accountId);
    const next = new Map<number, Span>();
    for (const span of wanted) {
      const row = {
        account_id: span.accountId,
        from_at: span.fromAt,
        to_at: span.toAt,
        status: span.status,
        organizational_unit_id: span.organizationalUnitId,
        team: span.team,
      };
      next.set(span.fromAt, known(was?.get(span.fromAt), row, now));
    }
    spans.set(state.accountId, next);
  }

  /** What it is called and where it is, where that is not what was noted last. */
  function noteIdentity(accountId: string, now: string): void {
    const account = accounts.get(accountId);
    if (!account) return;
    const { account_id, name, email, organizational_unit_id, team, created_at } = account;
    const own = identities.get(accountId) ?? [];
    const last = own.at(-1);
    const same =
      last?.name === name &&
      last?.email === email &&
      last?.organizational_unit_id === organizational_unit_id &&
      last?.team === team;
    if (last && same) return;
    const at = Date.parse(now);
    const from_at = last ? Math.max(at, last.from_at + 1) : Math.min(at, Date.parse(created_at));
    own.push({ account_id, from_at, name, email, organizational_unit_id, team, known_at: now });
    identities.set(accountId, own);
  }

  /** The newest request that was carried out. */
  function followPlan(accountId: string): void {
    const account = accounts.get(accountId);
    const [newest] = of(accountId)
      .filter(({ facts }) => facts.some((f) => FINISHES.includes(f.type)))
      .reverse();
    if (!account || !newest) return;
    const { kind, id, planText, body } = newest.request;
    account.plan_request_id = id;
    const plan = JSON.parse(planText) as Followed & { wanted?: Followed };
    const asked = kind === 'account-change' ? plan.wanted?.blueprint : (body as Followed).blueprint;
    const version = plan.blueprint?.version;
    account.blueprint = { ...asked, ...(version === undefined ? {} : { version }) };
  }

  /** Requests of an account in the order in which they were asked for. */
  const of = (accountId: string): View[] =>
    [...(requestsOf.get(accountId) ?? [])]
      .map((id) => views.get(id)!)
      .sort(
        (a, b) => compare(a.request.createdAt, b.request.createdAt) || compare(a.request.id, b.request.id),
      );

  function writeGuardrails(accountId: string, now: string): void {
    const account = accounts.get(accountId);
    const followed = views.get(account?.plan_request_id ?? account?.request_id ?? '');
    const rows = guardrailRows(followed?.facts ?? []);
    for (const id of new Set(rows.map((row) => row.account_id))) {
      guardrails.set(
        id,
        rows.filter((row) => row.account_id === id),
      );
      writeGuardrailSpans(id, now);
    }
  }

  function writeGuardrailSpans(accountId: string, now: string): void {
    const carriedOut = of(accountId).filter(
      ({ request, facts }) =>
        request.kind === 'account' ||
        (request.kind === 'account-change' && facts.some((f) => f.type === 'AccountChanged')),
    );
    const was = guarded.get(accountId);
    const next = new Map<string, Span>();
    for (const span of guardrailSpans(carriedOut.map(({ facts }) => facts))) {
      const row = {
        account_id: span.accountId,
        control: span.control,
        kind: span.kind,
        from_at: span.fromAt,
        to_at: span.toAt,
      };
      const place = `${span.control}\u0000${span.fromAt}`;
      next.set(place, known(was?.get(place), row, now));
    }
    guarded.set(accountId, next);
  }

  function noteTurn(accountId: string, group: readonly Fact[], now: string): void {
    const account = accounts.get(accountId);
    const endOf = new Map<string, number>();
    for (const { control, to_at } of guarded.get(accountId)?.values() ?? [])
      if (to_at !== null) endOf.set(String(control), Math.max(endOf.get(String(control)) ?? 0, to_at));
    const attached = of(accountId).flatMap(({ facts }) =>
      facts.flatMap((f) => (f.type === 'GuardrailsAttached' ? [f.data.detective] : [])),
    );
    const turn = {
      from: group[0]?.seq ?? 0,
      upto: group.at(-1)?.seq ?? 0,
      at: now,
      guardrails: guardrails.get(accountId) ?? [],
      endOf,
      changed:
        account !== undefined &&
        account.plan_request_id !== null &&
        account.request_id !== null &&
        account.plan_request_id !== account.request_id,
      rules: new Set(
        attached.flatMap((detective) =>
          Array.isArray(detective) ? detective.map((d: { ruleName?: string }) => String(d.ruleName)) : [],
        ),
      ),
    };
    turns.set(accountId, [...(turns.get(accountId) ?? []), turn]);
  }

  /** What a reading of the organization has seen. */
  function writeObserved(group: readonly Fact[], now: string): void {
    const joined = new Map<string, string>();
    for (const fact of group) {
      const { accountId, type, data } = fact;
      if (accountId === undefined || !observationsOf(fact).some((o) => o.scope === ORGANIZATION)) continue;
      if (type === 'AccountJoined' && typeof data.joinedAt === 'string') joined.set(accountId, data.joinedAt);
      else if (!joined.has(accountId)) joined.set(accountId, now);
    }
    const seen = new Map<string, Row>();
    for (const { scope, kind, key, value } of observed.values()) {
      if (scope !== ORGANIZATION || !String(kind).startsWith('account-')) continue;
      seen.set(String(key), { ...seen.get(String(key)), ...(value as Row | null) });
    }
    for (const [id, { name = null, email = null, organizationalUnitId = null, state, origin }] of seen) {
      if (typeof state !== 'string') continue;
      const ended = state === 'ACTIVE' ? null : state === 'PENDING_CLOSURE' ? 'CLOSING' : state;
      const was = accounts.get(id);
      const differs =
        was === undefined ||
        joined.has(id) ||
        was.name !== name ||
        was.email !== email ||
        was.organizational_unit_id !== organizationalUnitId ||
        (ended !== null && was.status !== ended);
      if (!differs) continue;
      const vended = was?.origin === 'VENDED';
      const ofRequest = was?.request_id == null ? undefined : views.get(was.request_id)?.state.status;
      accounts.set(id, {
        ...(was ?? {
          account_id: id,
          team: null,
          request_id: null,
          plan_request_id: null,
          blueprint: null,
          created_at: joined.get(id) ?? now,
        }),
        name,
        email,
        email_canonical: typeof email === 'string' ? email.toLowerCase() : null,
        organizational_unit_id: organizationalUnitId,
        status: ended ?? ofRequest ?? (vended ? was.status : 'ACTIVE'),
        origin: vended ? 'VENDED' : String(origin ?? 'FOREIGN'),
        updated_at: now,
      });
    }
  }

  /** Spans of accounts that no request of ours made, or that have ended. */
  function spanObserved(now: string): void {
    const at = Date.parse(now);
    for (const account of accounts.values()) {
      if (account.request_id !== null && !ENDED.includes(account.status)) continue;
      const own = spans.get(account.account_id) ?? new Map<number, Span>();
      const open = [...own.values()].find((span) => span.to_at === null);
      const { status, organizational_unit_id, team } = account;
      if (
        open &&
        open.status === status &&
        open.organizational_unit_id === organizational_unit_id &&
        open.team === team
      )
        continue;
      const since = open ? Math.max(at, open.from_at + 1) : Math.min(at, Date.parse(account.created_at));
      if (open) Object.assign(open, { to_at: since, end_known_at: now });
      own.set(since, {
        account_id: account.account_id,
        from_at: since,
        to_at: null,
        status,
        organizational_unit_id,
        team,
        known_at: now,
        end_known_at: null,
      });
      spans.set(account.account_id, own);
    }
  }

  const flat = <T>(maps: Iterable<Map<unknown, T>>): T[] => [...maps].flatMap((map) => [...map.values()]);
  return {
    take,
    turns: turns as ReadonlyMap<string, readonly GuardrailTurn[]>,
    tables: () => ({
      request_views: [...views.values()].map(viewRow),
      accounts: [...accounts.values()] as Row[],
      account_spans: flat(spans.values()) as Row[],
      account_identities: [...identities.values()].flat() as Row[],
      account_guardrails: [...guardrails.values()].flat() as Row[],
      guardrail_spans: flat(guarded.values()) as Row[],
      observations: [...observed.values()] as Row[],
    }),
  };
}

const viewRow = ({ request, subject, state, updatedAt }: View): Row =>
  viewColumns(request, subject, state, { createdAt: request.createdAt, updatedAt });

/** A span with the times when we came to know of it as it is, and of its end: now, unless it was so before. */
function known<R extends Row & { from_at: number; to_at: number | null }>(
  was: Span | undefined,
  row: R,
  now: string,
): R & Span {
  const same =
    was !== undefined &&
    Object.entries(row).every(([column, value]) => column === 'to_at' || was[column] === value);
  const ended = row.to_at === null ? null : now;
  return {
    ...row,
    known_at: same ? was.known_at : now,
    end_known_at: was !== undefined && was.to_at === row.to_at ? was.end_known_at : ended,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Facts of one transaction follow each other and were recorded in one instant. */
export function* transactionsOf(facts: Iterable<Fact>): Generator<Fact[]> {
  let group: Fact[] = [];
  for (const fact of facts) {
    if (group.length > 0 && group[0]?.recordedAt !== fact.recordedAt) {
      yield group;
      group = [];
    }
    group.push(fact);
  }
  if (group.length > 0) yield group;
}
