/** Who asks to become a role. `principalArn` in IAM's form (`arn:aws:iam::…:role/jetway-vend`). */
export type AssumeRequest = { principalArn: string; externalId?: string; organizationId?: string };

type Statement = {
  Effect?: string;
  Principal?: unknown;
  Action?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

/**
 * Does this trust policy (AssumeRolePolicyDocument) let the principal call `sts:AssumeRole`? A denial wins. Whatever
 * is not understood (an operator, a key, `NotPrincipal`) counts against the caller, so that a policy which works
 * here works on AWS.
 */
export function trusts(policy: unknown, request: AssumeRequest): boolean {
  const about = statementsOf(policy).filter((one) => asList(one.Action).some(isAssumeRole));
  const denied = about.some(
    (one) => one.Effect !== 'Allow' && names(one.Principal, request.principalArn, true) !== 'no',
  );
  const allowed = about.some(
    (one) =>
      one.Effect === 'Allow' &&
      names(one.Principal, request.principalArn, false) === 'yes' &&
      conditionsHold(one.Condition, request),
  );
  return allowed && !denied;
}

/** Does the policy let this AWS service take the role? */
export function trustsService(policy: unknown, service: string): boolean {
  return statementsOf(policy).some(
    (one) =>
      one.Effect === 'Allow' &&
      asList(one.Action).some(isAssumeRole) &&
      asList((one.Principal as { Service?: unknown } | undefined)?.Service).includes(service),
  );
}

/** A template may give the document as text. */
function statementsOf(policy: unknown): Statement[] {
  const document = typeof policy === 'string' ? (JSON.parse(policy) as unknown) : policy;
  return asList((document as { Statement?: unknown } | null | undefined)?.Statement) as Statement[];
}

const isAssumeRole = (action: unknown): boolean =>
  action === 'sts:AssumeRole' || action === 'sts:*' || action === '*';

function names(principal: unknown, arn: string, whenUnknown: boolean): 'yes' | 'no' {
  if (principal === undefined) return whenUnknown ? 'yes' : 'no';
  const aws = principal === '*' ? ['*'] : asList((principal as { AWS?: unknown }).AWS);
  const accountId = arn.split(':')[4] ?? '';
  const accepted = new Set(['*', arn, accountId, `arn:aws:iam::${accountId}:root`]);
  return aws.some((name) => accepted.has(String(name))) ? 'yes' : 'no';
}

function conditionsHold(condition: Statement['Condition'], request: AssumeRequest): boolean {
  const values: Record<string, string | undefined> = {
    'sts:externalid': request.externalId,
    'aws:principalarn': request.principalArn,
    'aws:principalaccount': request.principalArn.split(':')[4],
    'aws:principalorgid': request.organizationId,
  };
  return Object.entries(condition ?? {}).every(([operator, keys]) => {
    const match = OPERATORS[operator];
    return Object.entries(keys).every(([key, wanted]) => {
      const actual = values[key.toLowerCase()];
      return (
        match !== undefined &&
        actual !== undefined &&
        asList(wanted).some((one) => match(String(one), actual))
      );
    });
  });
}

const OPERATORS: Record<string, ((wanted: string, actual: string) => boolean) | undefined> = {
  StringEquals: (wanted, actual) => wanted === actual,
  ArnEquals: like,
  StringLike: like,
  ArnLike: like,
};

function like(pattern: string, actual: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's').test(actual);
}

const asList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
