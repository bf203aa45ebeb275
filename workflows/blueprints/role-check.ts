type Resource = Record<string, unknown>;

/** Long-lived credentials and people in the account are never a component's business. */
const FORBIDDEN = [
  'AWS::IAM::User',
  'AWS::IAM::AccessKey',
  'AWS::IAM::UserToGroupAddition',
  'AWS::IAM::Group',
];
/** What narrows a trust in another account, or in a service that acts for many accounts. */
const NARROWING =
  /^(sts:ExternalId|aws:PrincipalArn|aws:PrincipalOrgID|aws:SourceAccount|aws:SourceArn|aws:SourceOrgID)$/i;

/**
 * The fence and the guardrails know our roles by their names, so every role needs one that begins with `jetway-`; and
 * nobody may be let in whom the template does not name.
 */
export function roleProblems(resources: Readonly<Record<string, Resource>>): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (FORBIDDEN.includes(String(Type)))
      return [`${id} is an ${String(Type)}: people come from Identity Center`];
    if (Type !== 'AWS::IAM::Role') return [];
    const { RoleName, AssumeRolePolicyDocument } = (Properties ?? {}) as Resource;
    const named = textOf(RoleName).startsWith('jetway-');
    return [
      ...(named ? [] : [`${id} is a role whose name does not begin with jetway-`]),
      ...trustProblems(AssumeRolePolicyDocument).map((problem) => `${id} ${problem}`),
    ];
  });
}

function trustProblems(document: unknown): string[] {
  const { Statement } = (document ?? {}) as { Statement?: unknown };
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as (Resource | undefined)[];
  if (statements.length === 0 || statements.some((one) => one === undefined)) return ['trusts nobody'];
  return statements.flatMap((statement) => {
    const { Effect, Principal, NotPrincipal, Condition } = statement as Resource;
    if (Effect === 'Deny') return [];
    if (NotPrincipal !== undefined) return ['trusts everybody but some'];
    return principalsOf(Principal).flatMap(([kind, principal]) =>
      principalProblems(kind, principal, Condition),
    );
  });
}

function principalProblems(kind: string, principal: string, condition: unknown): string[] {
  if (principal.includes('*')) return [`trusts ${principal}`];
  if (kind === 'Service')
    return /^[a-z0-9.-]+\.amazonaws\.com$/.test(principal)
      ? []
      : [`trusts ${principal}, which is no service`];
  if (kind === 'Federated') return condition === undefined ? [`trusts ${principal} without a condition`] : [];
  const isOwn = principal.includes(':iam::${AWS::AccountId}:');
  const narrows = Object.values((condition ?? {}) as Record<string, object>).some((keys) =>
    Object.keys(keys).some((key) => NARROWING.test(key)),
  );
  return isOwn || narrows
    ? []
    : [`trusts ${principal} without an external id or another condition on who asks`];
}

function principalsOf(principal: unknown): [kind: string, principal: string][] {
  if (typeof principal !== 'object' || principal === null) return [['AWS', textOf(principal) || '*']];
  return Object.entries(principal).flatMap(([kind, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [kind, textOf(one) || '*']),
  );
}

/** A text, or the text of `Fn::Sub`; anything else is empty, because nobody knows what it becomes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const sub = (value as { 'Fn::Sub'?: unknown } | null | undefined)?.['Fn::Sub'];
  return typeof sub === 'string' ? sub : '';
}
