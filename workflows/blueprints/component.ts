import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { ParameterDeclaration, type ParameterValue, parametersSchema } from './parameter-types.ts';
import { Permission } from './permission.ts';
import { ReadBack, unknownInReadBack } from './read-back.ts';
import { wholeContacts } from './security-baseline/whole-contacts.ts';
import { isNamedValue } from './values.ts';
import { VPC_STACK_PARAMETERS, vpcRule, vpcStack } from './vpc-component.ts';

export const Version = z
  .string()
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'is not a semantic version');
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'is not a name of small letters, digits and -');
export const Mode = z.enum(['deploy', 'verify']);

/** Rules over more than one parameter, which a declaration cannot say. */
const RULES = { vpc: vpcRule, 'whole-contacts': wholeContacts } as const;
/** Stack parameters that are reckoned from the plan, with the names that each may give. */
const DERIVATIONS = { vpc: { gives: VPC_STACK_PARAMETERS, derive: vpcStack } } as const;

const names = <T extends object>(registry: T) => Object.keys(registry) as [keyof T & string];

/** What CloudFormation may replace and remove in a standing stack that was made from a version below this one. */
const Upgrade = z.strictObject({
  below: Version,
  replaces: z.array(z.string().regex(/^[A-Za-z0-9]{1,255}$/)).default([]),
  removes: z.array(z.string().regex(/^[A-Za-z0-9]{1,255}$/)).default([]),
});
export type Upgrade = z.output<typeof Upgrade>;

/** component.json: what a folder under workflows/blueprints has to say about its template. */
const ComponentFile = z.strictObject({
  name: Name,
  title: z.string().min(1),
  description: z.string().min(1),
  /** Semantic: a new template or parameter is a new version. */
  version: Version,
  /** `deploy`: the folder has a template. `verify`: Control Tower makes it and the workflow proves that it works. */
  modes: z.array(Mode).min(1),
  /** `governed`: needed in every governed Region, not only at home. */
  regions: z.enum(['home', 'governed']),
  /** What a request, or the blueprint's defaults, may say. */
  parameters: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,60}$/), ParameterDeclaration).default({}),
  /** How each parameter of the template is filled: `parameters.<name>`, or the name of a value of the plan. */
  stackParameters: z.record(z.string().regex(/^[A-Za-z0-9]{1,255}$/), z.string()).default({}),
  /** What the execution role has to be allowed to do for the stack; `npm run render` writes it into its template. */
  permissions: z.array(Permission).default([]),
  /** What the workflow looks at once more before the account is ACTIVE. */
  readBack: ReadBack.default({ roles: [], outputs: {} }),
  /** What the approver of a change has to know of a new version; what is not said here stops the change. */
  upgrades: z.array(Upgrade).default([]),
  rule: z.enum(names(RULES)).optional(),
  derive: z.enum(names(DERIVATIONS)).optional(),
  /** Parameters to try the component with; the contract test deploys each. */
  examples: z.array(z.record(z.string(), z.unknown())).min(1).default([{}]),
});
export type Component = z.output<typeof ComponentFile>;
export type ComponentMode = z.output<typeof Mode>;

/** Parses the content of a component.json and checks that it makes sense. Throws BlueprintError with every problem. */
export function parseComponent(json: unknown, where: string): Component {
  const parsed = ComponentFile.safeParse(json);
  if (!parsed.success) throw new BlueprintError(problemsOf(parsed.error, where).join('\n'));
  const component = parsed.data;
  const problems = [
    ...unknownSources(component),
    ...unknownInReadBack(component.readBack, component.parameters),
    ...badExamples(component),
  ];
  if (problems.length > 0) throw new BlueprintError(problems.map((one) => `${where}: ${one}`).join('\n'));
  return component;
}

/** One line for each issue, with its place in the file as a JSON pointer. */
export function problemsOf(error: z.ZodError, where: string): string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => `/${String(part)}`).join('');
    const wrong = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => `/${key} is not known`) : [];
    return wrong.length > 0
      ? wrong.map((message) => `${where}: ${path}${message}`)
      : [`${where}: ${path} ${issue.message}`];
  });
}

function unknownSources({ stackParameters, parameters }: Component): string[] {
  return Object.entries(stackParameters).flatMap(([name, source]) => {
    const [kind, own = ''] = source.split(/\.(.*)/s);
    const known = kind === 'parameters' ? Object.hasOwn(parameters, own) : isNamedValue(source);
    if (!known) return [`/stackParameters/${name}: nobody knows the value ${source}`];
    const declared = kind === 'parameters' ? parameters[own] : undefined;
    return declared?.type === 'list' && declared.items.type === 'object'
      ? [`/stackParameters/${name}: a stack takes no list of objects`]
      : [];
  });
}

function badExamples(component: Component): string[] {
  return component.examples.flatMap((example, i) => {
    const read = readParameters(component, example);
    if ('parameters' in read) return [];
    return read.problems.map(({ path, message }) => `/examples/${[i, ...path].join('/')}: ${message}`);
  });
}

type Problem = { path: readonly PropertyKey[]; message: string };
export type ReadComponent = { parameters: Record<string, ParameterValue> } | { problems: Problem[] };

/** Checks parameters against what the component declares, and its rule. Every problem is told. */
export function readParameters(component: Component, given: unknown): ReadComponent {
  const parsed = parametersSchema(component.parameters).safeParse(given);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.flatMap((issue): Problem[] =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known' }))
          : [{ path: issue.path, message: issue.message }],
      ),
    };
  }
  if (component.rule === undefined) return { parameters: parsed.data };
  const ruled = RULES[component.rule](parsed.data);
  return 'parameters' in ruled ? ruled : { problems: [{ path: [ruled.path], message: ruled.message }] };
}

/** The names that a component's `derive` may give to its stack, and how. */
export const derivationOf = ({ derive }: Pick<Component, 'derive'>) =>
  derive === undefined ? undefined : DERIVATIONS[derive];
