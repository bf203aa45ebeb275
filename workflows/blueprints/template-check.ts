import { type Component, derivationOf } from './component.ts';
import { roleProblems } from './role-check.ts';
import { secretProblems } from './secret-check.ts';

/** What CloudFormation takes by TemplateURL: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const TEMPLATE_LIMITS = { bytes: 1_000_000, Parameters: 200, Resources: 500, Outputs: 200 } as const;

type Section = Record<string, Record<string, unknown>>;
export type TemplateFile = {
  Parameters?: Section;
  Resources: Section;
  Outputs?: Section;
  Transform?: unknown;
};

/**
 * Checks a component's template against its component.json and against what we let into an account, before anything is
 * created. Answers with every problem; none means that the two fit.
 *
 * @param text the content of the template file
 */
export function templateProblems(component: Component, text: string): string[] {
  const bytes = Buffer.byteLength(text);
  if (bytes > TEMPLATE_LIMITS.bytes)
    return [`has ${bytes} bytes; CloudFormation takes ${TEMPLATE_LIMITS.bytes} from a bucket`];
  const template = parsed(text);
  if (typeof template === 'string') return [template];
  return [
    ...countProblems(template),
    ...fillProblems(component, template),
    ...outputProblems(component, template),
    ...upgradeProblems(component, template),
    // A macro would make something else of the template than was approved.
    ...(JSON.stringify(template).includes('"Fn::Transform"') || template.Transform !== undefined
      ? ['uses a transform, which would change what was approved']
      : []),
    ...roleProblems(template.Resources),
    ...secretProblems(template),
  ];
}

function parsed(text: string): TemplateFile | string {
  try {
    const template: unknown = JSON.parse(text);
    if (!isObject(template)) return 'is not a JSON object';
    for (const section of ['Parameters', 'Resources', 'Outputs']) {
      const entries = template[section];
      if (entries === undefined && section !== 'Resources') continue;
      if (!isObject(entries) || !Object.values(entries).every(isObject)) return `has no sound ${section}`;
    }
    return template as TemplateFile;
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function countProblems(template: TemplateFile): string[] {
  const sections = ['Parameters', 'Resources', 'Outputs'] as const;
  const tooMany = sections.flatMap((section) => {
    const count = Object.keys(template[section] ?? {}).length;
    const limit = TEMPLATE_LIMITS[section];
    return count > limit ? [`has ${count} ${section}; CloudFormation takes ${limit}`] : [];
  });
  return Object.keys(template.Resources).length === 0 ? ['has no Resources', ...tooMany] : tooMany;
}

/** What is read back is there whatever the parameters are. */
const outputProblems = ({ readBack }: Component, { Outputs = {} }: TemplateFile): string[] =>
  Object.keys(readBack.outputs).flatMap((name) => {
    if (!Object.hasOwn(Outputs, name)) return [`has no output ${name}, which component.json reads back`];
    return Outputs[name]?.Condition === undefined
      ? []
      : [`has the output ${name}, which component.json reads back, only on a condition`];
  });

/** What an upgrade replaces is still there, and what it removes is not. */
const upgradeProblems = ({ upgrades }: Component, { Resources }: TemplateFile): string[] =>
  upgrades.flatMap(({ below, replaces, removes }) => [
    ...replaces
      .filter((id) => !Object.hasOwn(Resources, id))
      .map((id) => `has no resource ${id}, which the upgrade from below ${below} would replace`),
    ...removes
      .filter((id) => Object.hasOwn(Resources, id))
      .map((id) => `has the resource ${id}, which the upgrade from below ${below} would remove`),
  ]);

/** Every parameter without a default is filled, and every one that is filled is there. */
function fillProblems(component: Component, { Parameters = {} }: TemplateFile): string[] {
  const derived = derivationOf(component)?.gives ?? [];
  const filled = [...Object.keys(component.stackParameters), ...derived];
  const mayBeMissing = (source: string): boolean => {
    const own = component.parameters[source.replace(/^parameters\./, '')];
    return source.startsWith('parameters.') && own?.required === false && own.default === undefined;
  };
  const hasDefault = (name: string): boolean => Parameters[name]?.Default !== undefined;
  return [
    ...filled
      .filter((name) => !Object.hasOwn(Parameters, name))
      .map((name) => `has no parameter ${name}, which component.json fills`),
    ...Object.keys(Parameters)
      .filter((name) => !hasDefault(name) && !filled.includes(name))
      .map((name) => `has a parameter ${name} without a default, which component.json does not fill`),
    ...derived
      .filter((name) => Object.hasOwn(Parameters, name) && !hasDefault(name))
      .map((name) => `has a parameter ${name} without a default, which is not always given`),
    ...Object.entries(component.stackParameters)
      .filter(
        ([name, source]) => mayBeMissing(source) && Object.hasOwn(Parameters, name) && !hasDefault(name),
      )
      .map(([name, source]) => `has a parameter ${name} without a default, and ${source} may be left out`),
  ];
}
