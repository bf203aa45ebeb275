import { createHash } from 'node:crypto';
import { AwsError, type Caller, type World } from '../../world.ts';
import { typeFacts } from './resources/registry.ts';
import type { Revision, Stack } from './stacks.ts';
import { evaluateConditions } from './template/conditions.ts';
import type { Scope } from './template/evaluate.ts';
import { resourceWaves } from './template/order.ts';
import { type GivenParameter, type ResolvedParameters, resolveParameters } from './template/parameters.ts';
import {
  type Json,
  parseTemplate,
  TEMPLATE_BODY_LIMIT,
  TEMPLATE_URL_LIMIT,
  type Template,
  validationError,
} from './template/template.ts';

/** The part of CreateStack and UpdateStack that says what the stack is to be. */
export type RevisionInput = {
  TemplateBody?: string;
  TemplateURL?: string;
  /** A template that is stored already: stack sets hand theirs on by it. No caller of AWS can give it. */
  templateKey?: string;
  UsePreviousTemplate?: boolean;
  Parameters?: GivenParameter[];
  Capabilities?: string[];
  Tags?: { Key: string; Value: string }[];
  NotificationARNs?: string[];
};

/** A revision read and checked, ready to be made. */
export type Prepared = {
  revision: Revision;
  template: Template;
  parameters: ResolvedParameters;
  conditions: ReadonlyMap<string, boolean>;
  waves: string[][];
};

const TEMPLATES = 'cloudformation/templates';

/** AWS has more zones than three in few Regions; templates that need a fourth are rare. */
const ZONES: Readonly<Record<string, number>> = { 'us-east-1': 6, 'us-west-2': 4 };

const IAM_TYPES: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::RolePolicy': undefined,
};

/**
 * Reads the template, matches the parameters and checks everything that AWS checks before it answers.
 * @param current the stack to be updated
 * @throws AwsError `ValidationError`, `InsufficientCapabilitiesException`
 */
export function prepare(world: World, place: Place, input: RevisionInput, current?: Stack): Prepared {
  const body = templateBody(world, input, current);
  const template = parseTemplate(body);
  const previous = new Map(current?.revision.parameters.map(({ name, text }) => [name, text]) ?? []);
  const parameters = resolveParameters(template, input.Parameters ?? [], previous);
  const revision: Revision = {
    templateKey: createHash('sha256').update(body).digest('hex'),
    ...(template.description === undefined ? {} : { description: template.description }),
    parameters: [...parameters].map(([name, { text, noEcho }]) => ({ name, text, noEcho })),
    tags: input.Tags ?? current?.revision.tags ?? [],
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? current?.revision.notificationArns ?? [],
  };
  const conditions = evaluateConditions(template, valueScope(place, template, parameters, revision));
  const waves = resourceWaves(template, conditions, typeFacts);
  checkCapabilities(template, revision.capabilities);
  if (world.store.get(TEMPLATES, revision.templateKey) === undefined)
    world.store.put(TEMPLATES, revision.templateKey, body);
  return { revision, template, parameters, conditions, waves };
}

/** Reads again what `prepare` accepted. */
export function reread(world: World, place: Place, revision: Revision): Prepared {
  const template = parseTemplate(templateText(world, revision));
  const given = revision.parameters.map(({ name, text }) => ({ ParameterKey: name, ParameterValue: text }));
  const parameters = resolveParameters(template, given);
  const conditions = evaluateConditions(template, valueScope(place, template, parameters, revision));
  return { revision, template, parameters, conditions, waves: [] };
}

export const templateText = (world: World, revision: Revision): string =>
  world.store.get<string>(TEMPLATES, revision.templateKey) ?? '';

type Place = Pick<Caller, 'accountId' | 'region'> & { stackId: string; stackName: string };

/** Everything but resources: what conditions may look at. */
function valueScope(place: Place, template: Template, parameters: ResolvedParameters, revision: Revision) {
  const pseudo: Record<string, Json> = {
    'AWS::AccountId': place.accountId,
    'AWS::NotificationARNs': revision.notificationArns,
    'AWS::Partition': 'aws',
    'AWS::Region': place.region,
    'AWS::StackId': place.stackId,
    'AWS::StackName': place.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return {
    region: place.region,
    ref: (name: string): Json | undefined => parameters.get(name)?.value ?? pseudo[name],
    mapping: (map: string, top: string, second: string) => mapped(template, map, top, second),
    availabilityZones: (region: string) =>
      Array.from({ length: ZONES[region] ?? 3 }, (_, i) => `${region}${'abcdef'[i]}`),
  };
}

function mapped(template: Template, map: string, top: string, second: string): Json | undefined {
  const inner = template.mappings.get(map)?.[top];
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined;
  return Object.hasOwn(inner, second) ? inner[second] : undefined;
}

/** Everything that the functions of this stack's template may look at now. */
export function stackScope(stack: Stack, prepared: Prepared): Scope {
  const place = {
    accountId: stack.accountId,
    region: stack.region,
    stackId: stack.id,
    stackName: stack.name,
  };
  const values = valueScope(place, prepared.template, prepared.parameters, prepared.revision);
  return {
    ...values,
    ref: (name) => values.ref(name) ?? stack.resources[name]?.id,
    getAtt: (logicalId, attribute) => stack.resources[logicalId]?.attributes[attribute],
    condition: (name) => prepared.conditions.get(name) === true,
  };
}

function templateBody(world: World, input: RevisionInput, current?: Stack): string {
  if (input.templateKey !== undefined) return world.store.get<string>(TEMPLATES, input.templateKey) ?? '';
  const ways = [input.TemplateBody, input.TemplateURL, input.UsePreviousTemplate || undefined];
  if (ways.filter((way) => way !== undefined).length !== 1)
    throw validationError(
      `Either Template URL or Template Body must be specified.${current ? ' Or use the previous template.' : ''}`,
    );
  if (input.TemplateBody !== undefined)
    return limited(input.TemplateBody, TEMPLATE_BODY_LIMIT, 'templateBody');
  if (input.TemplateURL !== undefined) return publishedTemplate(world, input.TemplateURL);
  return current ? templateText(world, current.revision) : '';
}

function publishedTemplate(world: World, url: string): string {
  if (!/^https:\/\/[^/]+\.amazonaws\.com(\.cn)?\/./.test(url))
    throw validationError('TemplateURL must be a supported URL.');
  const fileName = new URL(url).pathname.split('/').at(-1) ?? '';
  const body = world.artifact(decodeURIComponent(fileName));
  if (body === undefined)
    throw validationError(
      'S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    );
  return limited(body, TEMPLATE_URL_LIMIT, 'templateURL');
}

function limited(body: string, limit: number, name: string): string {
  if (Buffer.byteLength(body) > limit)
    throw validationError(
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${limit}`,
    );
  return body;
}

function checkCapabilities(template: Template, capabilities: string[]): void {
  const iam = [...template.resources.values()].filter(({ type }) => Object.hasOwn(IAM_TYPES, type));
  if (iam.length === 0) return;
  const isNamed = iam.some(({ type, properties }) => {
    const nameProperty = IAM_TYPES[type];
    return nameProperty !== undefined && properties[nameProperty] !== undefined;
  });
  const needed = isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  if (capabilities.includes(needed) || capabilities.includes('CAPABILITY_NAMED_IAM')) return;
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
}
