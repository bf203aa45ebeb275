/** What the projections should say, by the plainest reckoning: over all evaluations, from the beginning. */
export type Evaluation = {
  accountId: string;
  rule: string;
  resourceId: string;
  status: string;
  /** Milliseconds; the greater id wins of two in the same. */
  version: number;
  id: string;
};
export type Guarded = {
  accountId: string;
  controlOf: Readonly<Record<string, string>>;
  guardrailsFrom: number;
};

export type State = 'compliant' | 'nonCompliant' | 'unknown';

/** The evaluation of each finding that holds at `at`. */
export function findingsAt(evaluations: readonly Evaluation[], at: number): Evaluation[] {
  const newest = new Map<string, Evaluation>();
  for (const one of evaluations) {
    if (one.version > at) continue;
    const key = [one.accountId, one.rule, one.resourceId].join('\n');
    const known = newest.get(key);
    if (!known || one.version > known.version || (one.version === known.version && one.id > known.id))
      newest.set(key, one);
  }
  return [...newest.values()];
}

/** Violations of guardrails by account and control, and the state of each account that has guardrails. */
export function standAt(evaluations: readonly Evaluation[], accounts: readonly Guarded[], at: number) {
  const found = findingsAt(evaluations, at);
  const violations: Record<string, number> = {};
  const states: Record<State, number> = { compliant: 0, nonCompliant: 0, unknown: 0 };
  for (const { accountId, controlOf, guardrailsFrom } of accounts) {
    const own = found.filter((f) => f.accountId === accountId && controlOf[f.rule] !== undefined);
    for (const f of own.filter((f) => f.status === 'NON_COMPLIANT')) {
      const control = controlOf[f.rule]!;
      violations[control] = (violations[control] ?? 0) + 1;
    }
    if (guardrailsFrom > at) continue;
    const passed = own.some((f) => f.status === 'COMPLIANT' || f.status === 'NOT_APPLICABLE');
    const state = own.some((f) => f.status === 'NON_COMPLIANT')
      ? 'nonCompliant'
      : passed
        ? 'compliant'
        : 'unknown';
    states[state] += 1;
  }
  return { violations, states };
}

/** The tables that evaluations are folded into, as lines in order: what they hold, without what only says how it came. */
export type Tables = Record<'findings' | 'history' | 'steps' | 'flips' | 'postures' | 'tallies', string[]>;
type Sums = { open: number; passed: number; guardrails: number };

/** What the tables should hold, finding by finding and account by account from the beginning. All guardrails are detective. */
export function tablesOf(
  evaluations: readonly Evaluation[],
  accounts: readonly (Guarded & { team: string })[],
): Tables {
  const of = new Map(accounts.map((a) => [a.accountId, a]));
  const findings: string[] = [];
  const history: string[] = [];
  const steps = new Map<string, Map<number, Map<string, Sums>>>();
  const add = (accountId: string, at: number, control: string, more: Partial<Sums>) => {
    const instants = entry(steps, accountId, () => new Map<number, Map<string, Sums>>());
    const controls = entry(instants, at, () => new Map<string, Sums>());
    const sums = entry(controls, control, () => ({ open: 0, passed: 0, guardrails: 0 }));
    for (const [name, n] of Object.entries(more)) sums[name as keyof Sums] += n;
  };
  for (const { accountId, controlOf, guardrailsFrom } of accounts)
    for (const control of Object.values(controlOf))
      add(accountId, guardrailsFrom, control, { guardrails: 1 });
  for (const course of coursesOf(evaluations)) {
    let before: Evaluation | undefined;
    for (const one of course) {
      const { accountId, rule, resourceId, version, status } = one;
      history.push([accountId, rule, resourceId, version, status].join());
      const control = of.get(accountId)?.controlOf[rule];
      if (control !== undefined)
        add(accountId, version, control, {
          open: isOpen(status) - isOpen(before?.status),
          passed: isPassed(status) - isPassed(before?.status),
        });
      before = one;
    }
    const { accountId, rule, resourceId, version, status } = before!;
    findings.push(
      [accountId, rule, resourceId, version, status, of.get(accountId)?.controlOf[rule] ?? ''].join(),
    );
  }
  const tally = new Map<string, number>();
  const tables: Tables = { findings, history, steps: [], flips: [], postures: [], tallies: [] };
  for (const [accountId, instants] of steps) foldAccount(of.get(accountId)!, instants, tables, tally);
  tables.tallies = [...tally].filter(([, n]) => n !== 0).map(([key, n]) => `${key},${n}`);
  for (const lines of Object.values(tables)) lines.sort();
  return tables;
}

function foldAccount(
  { accountId, team }: Guarded & { team: string },
  instants: ReadonlyMap<number, ReadonlyMap<string, Sums>>,
  tables: Tables,
  tally: Map<string, number>,
): void {
  const sums: Sums = { open: 0, passed: 0, guardrails: 0 };
  let state: State | undefined;
  for (const [at, controls] of [...instants].sort(([a], [b]) => a - b)) {
    for (const [control, { open, passed, guardrails }] of controls) {
      sums.open += open;
      sums.passed += passed;
      sums.guardrails += guardrails;
      if (open !== 0 || passed !== 0 || guardrails !== 0)
        tables.steps.push([accountId, at, control, open, passed, guardrails].join());
      count(tally, ['*'], ['violations', control], at, open);
      count(tally, ['*', `team:${team}`], ['guardrails', control], at, guardrails);
    }
    const next = stateOf(sums);
    if (next === state) continue;
    for (const [which, n] of [[next, 1] as const, [state, -1] as const]) {
      if (which === undefined) continue;
      tables.flips.push([accountId, at, which, n].join());
      count(tally, [`team:${team}`], ['compliance', which], at, n);
    }
    state = next;
  }
  tables.postures.push([accountId, sums.open, sums.passed, sums.guardrails].join());
}

const isOpen = (status: string | undefined) => Number(status === 'NON_COMPLIANT');
const isPassed = (status: string | undefined) =>
  Number(status === 'COMPLIANT' || status === 'NOT_APPLICABLE');
const stateOf = ({ open, passed, guardrails }: Sums): State | undefined => {
  if (guardrails <= 0) return undefined;
  if (open > 0) return 'nonCompliant';
  return passed > 0 ? 'compliant' : 'unknown';
};

/** The evaluations of each finding in their order; the greater id wins of two in the same instant. */
function coursesOf(evaluations: readonly Evaluation[]): Evaluation[][] {
  const courses = new Map<string, Map<number, Evaluation>>();
  for (const one of evaluations) {
    const course = entry(courses, [one.accountId, one.rule, one.resourceId].join('\n'), () => new Map());
    const known = course.get(one.version);
    if (!known || one.id > known.id) course.set(one.version, one);
  }
  return [...courses.values()].map((course) => [...course.values()].sort((a, b) => a.version - b.version));
}

const HOUR_MS = 3_600_000;

function count(
  tally: Map<string, number>,
  scopes: string[],
  what: [string, string],
  at: number,
  n: number,
): void {
  if (n === 0) return;
  const date = new Date(at);
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const starts = [0, month, at - (at % (24 * HOUR_MS)), at - (at % HOUR_MS)];
  for (const scope of scopes)
    for (const [level, start] of starts.entries()) {
      // Of violations only days are counted.
      if (what[0] === 'violations' && level !== 2) continue;
      const key = [scope, what[0], level, start, what[1]].join();
      tally.set(key, (tally.get(key) ?? 0) + n);
    }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
