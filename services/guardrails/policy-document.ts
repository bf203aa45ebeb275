import { z } from 'zod';

/**
 * A service control policy as AWS takes it: no Principal, Action or NotAction, Resource or NotResource. Anything else
 * is refused, because a field that we do not understand could turn a denial around.
 */
export type PolicyStatement = {
  sid: string;
  effect: 'Allow' | 'Deny';
  actions: { negated: boolean; patterns: string[] };
  resources: { negated: boolean; patterns: string[] };
  conditions: { operator: string; key: string; values: string[] }[];
};

export type PolicyDocument = {
  /** Policy variables exist only from 2012-10-17 on. */
  variables: boolean;
  statements: PolicyStatement[];
};

/** The text is no policy document; `message` names the place as a JSON pointer. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
}

const Texts = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);
const Action = z.string().regex(/^(\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/, 'not an action');
const Actions = z.union([Action.transform((text) => [text]), z.array(Action).min(1)]);
const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Values = z.union([Scalar.transform((value) => [value]), z.array(Scalar).min(1)]);

const Statement = z
  .strictObject({
    Sid: z
      .string()
      .regex(/^[A-Za-z0-9]*$/, 'only letters and digits')
      .optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: Actions.optional(),
    NotAction: Actions.optional(),
    Resource: Texts.optional(),
    NotResource: Texts.optional(),
    Condition: z.record(z.string(), z.record(z.string(), Values)).optional(),
  })
  .refine((s) => (s.Action === undefined) !== (s.NotAction === undefined), {
    error: 'exactly one of Action and NotAction',
  })
  .refine((s) => (s.Resource === undefined) !== (s.NotResource === undefined), {
    error: 'exactly one of Resource and NotResource',
  });

const Document = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.union([Statement.transform((one) => [one]), z.array(Statement).min(1)]),
});

/** Parses the text of a service control policy. Throws PolicyDocumentError. */
export function parsePolicy(content: string): PolicyDocument {
  const parsed = Document.safeParse(readJson(content));
  if (!parsed.success) throw new PolicyDocumentError(parsed.error.issues.map(describeIssue).join('; '));
  const sids = new Set<string>();
  return {
    variables: parsed.data.Version === '2012-10-17',
    statements: parsed.data.Statement.map((raw) => {
      if (raw.Sid && sids.has(raw.Sid))
        throw new PolicyDocumentError(`/Statement: Sid ${raw.Sid} is there twice`);
      sids.add(raw.Sid ?? '');
      return toStatement(raw);
    }),
  };
}

function readJson(content: string): unknown {
  if (content === '') throw new PolicyDocumentError('its content is not known');
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new PolicyDocumentError('/: not JSON', { cause });
  }
}

type Issue = { path: PropertyKey[]; message: string };

function describeIssue(issue: z.core.$ZodIssue): string {
  const { path, message } = deepest(issue);
  return `/${path.map(String).join('/')}: ${message}`;
}

/** Of a union's alternatives, the one that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flat()
    .map(deepest)
    .reduce<Issue | undefined>(
      (best, next) => (best && best.path.length >= next.path.length ? best : next),
      undefined,
    );
  // A choice between one text and a list: the complaint about the form of the text is the useful one.
  const better = issue.errors.flat().find((one) => one.code === 'invalid_format') ?? inner;
  return better ? { path: [...issue.path, ...better.path], message: better.message } : issue;
}

function toStatement(raw: z.infer<typeof Statement>): PolicyStatement {
  const conditions = Object.entries(raw.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
  return {
    sid: raw.Sid ?? '',
    effect: raw.Effect,
    actions: { negated: raw.NotAction !== undefined, patterns: raw.NotAction ?? raw.Action ?? [] },
    resources: { negated: raw.NotResource !== undefined, patterns: raw.NotResource ?? raw.Resource ?? [] },
    conditions,
  };
}
