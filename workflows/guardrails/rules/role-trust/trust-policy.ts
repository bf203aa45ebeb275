/** Whom a role may trust. Accounts are 12 digits. */
export type TrustRules = {
  /** Accounts of the organization that need no further condition: the role's own, management, audit. */
  organizationAccounts: readonly string[];
  organizationId: string;
  /** Accounts of others that may come in, with an external id. */
  trustedAccounts: readonly string[];
  /** Identity providers, as ARNs or host names; `*` stands for any text. */
  trustedProviders: readonly string[];
};

type Statement = Record<string, unknown>;
type Condition = { operator: string; key: string; values: string[] };

/** A trust policy that cannot be read. */
export class UnreadablePolicy extends Error {
  override readonly name = 'UnreadablePolicy';
}

const ASSUME = ['sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity'];

/**
 * Who may assume a role that the rules do not let in, in words; empty when nobody. A Deny is not counted in the
 * policy's favour, and what is not understood counts against it. Throws UnreadablePolicy.
 *
 * @param text the policy as IAM and Config give it: JSON, URL-encoded (RFC 3986) or plain
 */
export function strangersOf(text: string, rules: TrustRules): string[] {
  return statementsOf(text)
    .filter((statement) => statement.Effect !== 'Deny' && mayAssume(statement))
    .flatMap((statement) => {
      const conditions = conditionsOf(statement.Condition);
      return principalsOf(statement).flatMap(([kind, principal]) => {
        const problem = problemWith(kind, principal, conditions, rules);
        return problem === undefined ? [] : [problem];
      });
    });
}

function statementsOf(text: string): Statement[] {
  const document = parsed(text);
  const raw = isObject(document) ? document.Statement : undefined;
  const statements = Array.isArray(raw) ? raw : [raw];
  if (statements.length === 0 || !statements.every(isObject))
    throw new UnreadablePolicy('it has no statements');
  const odd = statements.find(({ Effect }) => Effect !== 'Allow' && Effect !== 'Deny');
  if (odd) throw new UnreadablePolicy(`a statement has the effect ${JSON.stringify(odd.Effect)}`);
  return statements;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.trimStart().startsWith('{') ? text : decodeURIComponent(text));
  } catch {
    throw new UnreadablePolicy('it is not JSON');
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function mayAssume({ Action, NotAction }: Statement): boolean {
  // Everything but some: nobody lists all of STS.
  if (NotAction !== undefined) return true;
  const actions = texts(Action);
  return (
    actions.length === 0 || actions.some((action) => ASSUME.some((one) => matches(action.toLowerCase(), one)))
  );
}

function principalsOf({ Principal, NotPrincipal }: Statement): [kind: string, principal: string][] {
  if (NotPrincipal !== undefined || Principal === undefined || Principal === '*') return [['AWS', '*']];
  if (!isObject(Principal)) throw new UnreadablePolicy('a principal is neither "*" nor an object');
  return Object.entries(Principal).flatMap(([kind, value]) =>
    texts(value).map((one): [string, string] => [kind, one]),
  );
}

/** A list of texts, or one. */
function texts(value: unknown): string[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((one) => ['string', 'number', 'boolean'].includes(typeof one)))
    throw new UnreadablePolicy('a value is neither a text nor a list of texts');
  return list.map(String);
}

function conditionsOf(condition: unknown): Condition[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw new UnreadablePolicy('a condition is no object');
  return Object.entries(condition).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw new UnreadablePolicy(`the condition ${operator} is no object`);
    return Object.entries(keys).map(([key, value]) => ({
      operator: operator.toLowerCase(),
      key: key.toLowerCase(),
      values: texts(value),
    }));
  });
}

function problemWith(
  kind: string,
  principal: string,
  conditions: readonly Condition[],
  rules: TrustRules,
): string | undefined {
  switch (kind) {
    case 'Service':
      return undefined;
    case 'Federated':
      return rules.trustedProviders.some((known) => matches(known, principal))
        ? undefined
        : `the identity provider ${principal} is not trusted`;
    case 'AWS':
      return problemWithAws(principal, conditions, rules);
    default:
      return `nobody knows a principal of the kind ${kind}`;
  }
}

function problemWithAws(
  principal: string,
  conditions: readonly Condition[],
  rules: TrustRules,
): string | undefined {
  if (conditions.some((one) => binds(one, rules))) return undefined;
  if (principal === '*') return 'anybody may assume it';
  const account = accountOf(principal);
  if (account === undefined) return `the principal ${principal} belongs to no account`;
  if (rules.organizationAccounts.includes(account)) return undefined;
  if (!rules.trustedAccounts.includes(account)) return `${principal} is outside the organization`;
  return conditions.some(isExternalId) ? undefined : `${principal} is trusted only with an external id`;
}

/** `arn:aws:iam::<account>:…`, `arn:aws:sts::<account>:…`, or the bare number. */
function accountOf(principal: string): string | undefined {
  return /^(?:arn:[a-z-]+:(?:iam|sts)::(\d{12}):[^*?]+|(\d{12}))$/.exec(principal)?.slice(1).find(Boolean);
}

/** These fail when the key is absent, and take what they list and nothing else. */
const EQUAL = ['stringequals', 'stringequalsignorecase', 'foranyvalue:stringequals'];
const LIKE = [...EQUAL, 'stringlike', 'foranyvalue:stringlike', 'arnequals', 'arnlike'];

/** Does the condition hold for principals of our organization alone? Every value that it takes has to be ours. */
function binds({ operator, key, values }: Condition, rules: TrustRules): boolean {
  const all = (isOurs: (value: string) => boolean) => values.length > 0 && values.every(isOurs);
  switch (key) {
    case 'aws:principalorgid':
    case 'aws:sourceorgid':
      return LIKE.includes(operator) && all((value) => value === rules.organizationId);
    case 'aws:principalorgpaths':
      return LIKE.includes(operator) && all((value) => value.startsWith(`${rules.organizationId}/`));
    case 'aws:principalaccount':
      return EQUAL.includes(operator) && all((value) => rules.organizationAccounts.includes(value));
    case 'aws:principalarn':
      return (
        LIKE.includes(operator) &&
        all((value) => {
          const account = /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):/.exec(value)?.[1];
          return account !== undefined && rules.organizationAccounts.includes(account);
        })
      );
    default:
      return false;
  }
}

const isExternalId = ({ operator, key, values }: Condition): boolean =>
  key === 'sts:externalid' &&
  EQUAL.includes(operator) &&
  values.length > 0 &&
  values.every((value) => value.length >= 2);

/** `*` any text, `?` any one character. */
function matches(pattern: string, value: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value);
}
