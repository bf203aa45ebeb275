import type { Store } from './store.ts';

/**
 * What goes wrong with the next operations on an account of this name, or with the next enabling of a control.
 * - `fail-no-account`: provisioning fails before an account exists
 * - `fail-under-root`: it fails after: the account is left under the root, not enrolled
 * - `tainted`: the account is made and enrolled, but the last step fails and the product is TAINTED
 * - `slow`: it takes more than two hours of AWS time
 * - `busy`: Control Tower changes the landing zone just now
 * - `quota`: as if the organization could have no more accounts
 * - `email-taken`: the e-mail belongs to an account of another organization
 * - `update-fails`: UpdateProvisionedProduct ends in failure and leaves everything as it was
 * - `own-network`: Account Factory's settings name the home Region for a VPC of its own; all else is well
 * - `control-fails`: enabling the control ends in failure, and the control is listed all the same
 */
export type Scenario =
  | { accountName: string; outcome: AccountOutcome; times?: number }
  | { control: string; outcome: 'control-fails'; times?: number };

export type AccountOutcome =
  | 'fail-no-account'
  | 'fail-under-root'
  | 'tainted'
  | 'slow'
  | 'busy'
  | 'quota'
  | 'email-taken'
  | 'update-fails'
  | 'own-network';

type Stored = { id: string; match: string; outcome: Scenario['outcome']; left: number };

const COLLECTION = 'scenarios';

/**
 * Plans a scenario; inside a store transaction. Durable: it waits for its account over restarts.
 *
 * `accountName` and `control` may hold `*`; `times` (default 1) is how often it happens before all is well again.
 */
export function planScenario(store: Store, scenario: Scenario): void {
  const number = (store.get<{ n: number }>('sequence', COLLECTION)?.n ?? 0) + 1;
  store.put('sequence', COLLECTION, { n: number });
  const match = 'control' in scenario ? `control/${scenario.control}` : `account/${scenario.accountName}`;
  const stored: Stored = { id: `s${number}`, match, outcome: scenario.outcome, left: scenario.times ?? 1 };
  store.put(COLLECTION, stored.id, stored);
}

/** The outcome planned for an account, if it is one of `outcomes`; uses it up once. Inside a store transaction. */
export const takeAccountScenario = (
  store: Store,
  accountName: string,
  outcomes: readonly AccountOutcome[],
): AccountOutcome | undefined =>
  take(store, `account/${accountName}`, outcomes) as AccountOutcome | undefined;

export const takeControlScenario = (store: Store, controlId: string): boolean =>
  take(store, `control/${controlId}`, ['control-fails']) !== undefined;

function take(
  store: Store,
  name: string,
  outcomes: readonly Scenario['outcome'][],
): Scenario['outcome'] | undefined {
  const found = store
    .values<Stored>(COLLECTION)
    .find((scenario) => outcomes.includes(scenario.outcome) && glob(scenario.match).test(name));
  if (!found) return undefined;
  if (found.left > 1) store.put(COLLECTION, found.id, { ...found, left: found.left - 1 });
  else store.delete(COLLECTION, found.id);
  return found.outcome;
}

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
