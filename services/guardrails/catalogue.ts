import { z } from 'zod';

/** The catalogue of controls, parsed from workflows/guardrails/catalogue.json; its `sources` say where facts come from. */
const Condition = z.strictObject({
  operator: z.string(),
  key: z.string(),
  values: z.array(z.string()).min(1),
});

const Statement = z.strictObject({
  sid: z.string().regex(/^[A-Za-z0-9]+$/),
  actions: z.array(z.string()).optional(),
  notActions: z.array(z.string()).optional(),
  resources: z.array(z.string()).min(1),
  conditions: z.array(Condition),
});
export type ControlStatement = z.infer<typeof Statement>;

const Effect = z.discriminatedUnion('kind', [
  /** The values take the place of a placeholder among the values of a condition. */
  z.strictObject({ kind: z.literal('values'), placeholder: z.string() }),
  /** The principals are spared: added to an ArnNotLike over aws:PrincipalArn. */
  z.strictObject({ kind: z.literal('exempt-principals') }),
  /** The actions are spared: added to NotAction. */
  z.strictObject({ kind: z.literal('exempt-actions') }),
  /** Everything but these resources: NotResource in place of Resource. */
  z.strictObject({ kind: z.literal('exempt-resources') }),
  /** A condition is added when the flag is set. */
  z.strictObject({ kind: z.literal('condition'), ...Condition.shape }),
]);

const LIST_TYPES = ['regions', 'principal-arns', 'actions', 'resource-arns', 'organization-ids'] as const;
const named = { name: z.string().regex(/^[A-Za-z0-9]+$/), required: z.boolean() };
const Parameter = z.discriminatedUnion('type', [
  z.strictObject({ ...named, type: z.enum(LIST_TYPES), effect: Effect }),
  z.strictObject({ ...named, type: z.literal('flag'), effect: Effect }),
  z.strictObject({ ...named, type: z.literal('port'), default: z.string() }),
  z.strictObject({ ...named, type: z.literal('text'), pattern: z.string(), default: z.string() }),
  z.strictObject({ ...named, type: z.literal('choice'), allowed: z.array(z.string()), default: z.string() }),
]);
export type ControlParameter = z.infer<typeof Parameter>;

const ConfigRule = z.strictObject({
  /** `custom`: a function of our own in the audit account; `sourceIdentifier` is its name. */
  source: z.enum(['managed', 'custom']).default('managed'),
  sourceIdentifier: z.string(),
  /** Resource types whose changes trigger the rule; none for a rule that only runs periodically. */
  onChangeOf: z.array(z.string()),
  inputs: z.array(z.strictObject({ name: z.string(), parameter: z.string() })),
  /** Takes a parameter MaximumExecutionFrequency. */
  frequency: z.boolean(),
  /** About resources that Config records in the home Region alone: the rule is needed there and nowhere else. */
  homeOnly: z.boolean().default(false),
});

export const ImplementationType = z.enum([
  'SCP',
  'RCP',
  'DECLARATIVE_POLICY_EC2',
  'CONFIG_RULE',
  'CLOUDFORMATION_HOOK',
  'SECURITY_HUB_CONTROL',
]);

const Control = z.strictObject({
  id: z
    .string()
    .regex(
      /^((?:AWS|JETWAY)-GR_[A-Z0-9_]+|CT\.[A-Z0-9]+([-_][A-Z0-9]+)*\.P[VR]\.\d+|SH\.[A-Za-z0-9]+\.\d+)$/,
    ),
  title: z.string(),
  guidance: z.enum(['mandatory', 'strongly-recommended', 'elective']),
  behavior: z.enum(['preventive', 'detective', 'proactive']),
  implementation: z.strictObject({ type: ImplementationType }),
  /** Where Control Tower puts it by itself. */
  defaultScope: z.enum(['none', 'all-ous', 'security-ou', 'landing-zone-4']),
  /** May be switched on and off with controltower:EnableControl. */
  apiManageable: z.boolean(),
  group: z.enum(['data-residency', 'digital-sovereignty']).optional(),
  statements: z.array(Statement).optional(),
  parameters: z.array(Parameter).default([]),
  configRule: ConfigRule.optional(),
  attributes: z.array(z.strictObject({ path: z.string(), assign: z.string() })).optional(),
});
export type Control = z.infer<typeof Control>;

const CatalogueFile = z.strictObject({
  about: z.string(),
  sources: z.array(z.string()).min(1),
  controls: z.array(Control).min(1),
});

export type Catalogue = {
  /** In the order of the file. */
  controls: readonly Control[];
  byId: ReadonlyMap<string, Control>;
  /** Control Tower's own policies carry these Sids too; four controls share one statement. */
  bySid: ReadonlyMap<string, readonly string[]>;
};

/** The catalogue file is wrong; `message` lists every problem. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
}

/** Parses the content of the catalogue file and checks that it makes sense. Throws CatalogueError. */
export function parseCatalogue(json: unknown): Catalogue {
  const parsed = CatalogueFile.safeParse(json);
  if (!parsed.success) throw new CatalogueError(z.prettifyError(parsed.error));
  const { controls } = parsed.data;
  const problems = controls.flatMap((control) =>
    problemsOf(control).map((problem) => `${control.id}: ${problem}`),
  );
  const byId = new Map(controls.map((control) => [control.id, control]));
  if (byId.size !== controls.length) problems.push('an id is there twice');
  if (problems.length > 0) throw new CatalogueError(problems.join('\n'));
  return { controls, byId, bySid: indexBySid(controls) };
}

function problemsOf(control: Control): string[] {
  const problems: string[] = [];
  const { type } = control.implementation;
  const wants = (part: unknown, types: string[], name: string): void => {
    if ((part !== undefined) !== types.includes(type))
      problems.push(`${type} and ${name} do not go together`);
  };
  wants(control.statements, ['SCP', 'RCP'], 'statements');
  wants(control.configRule, ['CONFIG_RULE'], 'configRule');
  wants(control.attributes, ['DECLARATIVE_POLICY_EC2'], 'attributes');
  for (const statement of control.statements ?? []) problems.push(...problemsOfStatement(statement));
  const placeholders = control.parameters.flatMap((parameter) =>
    'effect' in parameter && parameter.effect.kind === 'values' ? [parameter.effect.placeholder] : [],
  );
  for (const placeholder of JSON.stringify(control.statements ?? []).match(/<[A-Za-z]+>/g) ?? []) {
    if (!placeholders.includes(placeholder)) problems.push(`nothing fills ${placeholder}`);
  }
  for (const { parameter } of control.configRule?.inputs ?? []) {
    if (!control.parameters.some(({ name }) => name === parameter))
      problems.push(`no parameter ${parameter}`);
  }
  return problems;
}

function problemsOfStatement({ sid, actions, notActions, conditions }: ControlStatement): string[] {
  const problems: string[] = [];
  if ((actions === undefined) === (notActions === undefined))
    problems.push(`${sid}: one of actions, notActions`);
  // Written as a map, a second one would replace the first.
  const keys = new Set(conditions.map(({ operator, key }) => `${operator} ${key.toLowerCase()}`));
  if (keys.size !== conditions.length) problems.push(`${sid}: two conditions with the same operator and key`);
  return problems;
}

function indexBySid(controls: readonly Control[]): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const control of controls) {
    for (const { sid } of control.statements ?? []) {
      index.set(sid, [...(index.get(sid) ?? []), control.id]);
    }
  }
  return index;
}

/** How a control comes to one account: by our policies, by our rules, or only through its OU. */
export function attachmentOf(control: Control): 'policy' | 'rule' | 'organizational-unit' {
  switch (control.implementation.type) {
    case 'SCP':
      return 'policy';
    case 'CONFIG_RULE':
      return 'rule';
    case 'RCP':
    case 'DECLARATIVE_POLICY_EC2':
    case 'CLOUDFORMATION_HOOK':
    case 'SECURITY_HUB_CONTROL':
      return 'organizational-unit';
  }
}
