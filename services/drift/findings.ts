import type { DriftChecked, InstanceFinding, ResourceFinding, StackFinding } from './check.schema.ts';

/** Our own rules beside those of Config: no Config rule of an account may speak for them. */
export const OWN_RULE = 'jetway:';
export const STACK_DRIFT = 'jetway:stack-drift';
export const CONTROL_MISSING = 'jetway:control-missing';
/** Of our own rules those that say something is not as approved any more. */
export const DRIFT_RULES = [STACK_DRIFT, CONTROL_MISSING] as const;
export const isDrift = (rule: string): boolean => (DRIFT_RULES as readonly string[]).includes(rule);

/** One thing that is not as planned, as a row of the compliance table. */
export type Finding = {
  rule: typeof STACK_DRIFT | typeof CONTROL_MISSING;
  region: string;
  resourceType: string;
  resourceId: string;
  control: string | null;
  /** For a person. */
  annotation: string;
  /** For a machine, where CloudFormation says it. */
  properties: ResourceFinding['properties'];
};

type Place = Pick<Finding, 'rule' | 'region' | 'resourceType' | 'resourceId'>;

const STACK = 'AWS::CloudFormation::Stack';
const INSTANCE = 'AWS::CloudFormation::StackInstance';
const POLICY = 'AWS::Organizations::Policy';
const CONFIG_RULE = 'AWS::Config::ConfigRule';
const ENABLED_CONTROL = 'AWS::ControlTower::EnabledControl';
const EVERYWHERE = 'global';

/** Everything in a check that is not as planned, in words. */
export function findingsOf(check: DriftChecked): Finding[] {
  return [
    ...check.stacks.flatMap((stack) => stackFindings(stack, check.region)),
    ...check.instances.flatMap(instanceFindings),
    ...check.policies.flatMap(({ policyName, controls, state }) =>
      state === 'ATTACHED'
        ? []
        : controls.map((control) =>
            missing(POLICY, `${policyName}/${control}`, control, POLICY_WORDS[state](policyName)),
          ),
    ),
    ...check.rules
      .filter(({ state }) => !['ACTIVE', 'EVALUATING'].includes(state))
      .map(({ ruleName, control, state }) => ({
        ...missing(
          CONFIG_RULE,
          ruleName,
          control,
          state === 'MISSING'
            ? `The Config rule ${ruleName} is not in the account.`
            : `The Config rule ${ruleName} is ${state}.`,
        ),
        region: check.region,
      })),
    ...check.controls
      .filter(({ state }) => !['ENFORCED', 'UNDER_CHANGE'].includes(state))
      .map(({ control, state }) =>
        missing(
          ENABLED_CONTROL,
          control,
          control,
          state === 'MISSING'
            ? 'No organizational unit above the account has it enabled any more.'
            : `Control Tower says ${state} for it on the organizational units above the account.`,
        ),
      ),
  ];
}

const POLICY_WORDS = {
  MISSING: (name: string) => `The policy ${name}, which carries it, is not attached to the account.`,
  CHANGED: (name: string) => `The policy ${name}, which carries it, has another content than was approved.`,
};

const missing = (resourceType: string, resourceId: string, control: string, annotation: string): Finding => ({
  rule: CONTROL_MISSING,
  region: EVERYWHERE,
  resourceType,
  resourceId,
  control,
  annotation,
  properties: [],
});

function stackFindings(stack: StackFinding, region: string): Finding[] {
  const whole = wordsOf(stack).join(' ');
  const base = { rule: STACK_DRIFT, region, control: null } as const;
  return [
    ...(whole === ''
      ? []
      : [
          {
            ...base,
            resourceType: STACK,
            resourceId: stack.stackName,
            annotation: whole,
            properties: [],
          },
        ]),
    ...stack.resources.map((resource) => ({
      ...base,
      resourceType: resource.resourceType,
      resourceId: `${stack.stackName}/${resource.logicalId}`,
      annotation: resourceWords(stack.stackName, resource),
      properties: resource.properties,
    })),
  ];
}

/** An instance that is not there carries no control either. */
function instanceFindings(instance: InstanceFinding): Finding[] {
  const { stackSetName, region, controls, state } = instance;
  const annotation = instanceWords(instance);
  if (annotation === '') return [];
  const base = { region, resourceType: INSTANCE, annotation, properties: [] };
  return [
    { ...base, rule: STACK_DRIFT, resourceId: stackSetName, control: null },
    ...(state === 'MISSING' ? controls : []).map((control) => ({
      ...base,
      rule: CONTROL_MISSING as typeof CONTROL_MISSING,
      resourceId: `${stackSetName}/${control}`,
      control,
    })),
  ];
}

function instanceWords({ name, stackSetName, region, state, drift, reason }: InstanceFinding): string {
  const what = `${name} (stack set ${stackSetName})`;
  if (state === 'UNKNOWN') return '';
  if (state === 'MISSING') return `The account has no instance of ${what} in ${region}.`;
  if (state !== 'CURRENT')
    return `${what} is ${state} in ${region}${reason === '' ? '' : `: ${reason}`}${reason.endsWith('.') ? '' : '.'}`;
  return drift === 'DRIFTED'
    ? `CloudFormation has found that ${what} was changed outside of the stack in ${region}.`
    : '';
}

/** What is to be said of the stack itself. */
function wordsOf(stack: StackFinding): string[] {
  const { stackName: name, changed, resources } = stack;
  if (stack.state === 'MISSING') return [`The stack ${name} is not in the account.`];
  if (stack.state === 'BROKEN') return [`The stack ${name} is ${stack.status}.`];
  if (stack.state === 'UNKNOWN') return [];
  return [
    ...(stack.digest === stack.planned
      ? []
      : [
          `The stack ${name} was made from template ${stack.digest || 'of no known digest'}, planned is ${stack.planned}.`,
        ]),
    ...(changed > resources.length
      ? [`${changed - resources.length} further resources of ${name} have drifted.`]
      : []),
  ];
}

function resourceWords(stackName: string, resource: ResourceFinding): string {
  const who = `${resource.logicalId} (${resource.physicalId}) of stack ${stackName}`;
  if (resource.difference === 'DELETED') return `${who} was deleted.`;
  const changes = resource.properties.map(
    ({ path, expected, actual }) => `${path} is ${actual}, planned ${expected}`,
  );
  const more = resource.changes - resource.properties.length;
  return `${who} was changed outside of the stack: ${changes.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** Whether a check has looked where this finding would be: if not, it says nothing about it. */
export function looksAt(check: DriftChecked, { rule, region, resourceType, resourceId }: Place): boolean {
  const failed = (area: DriftChecked['trouble'][number]['area']) =>
    check.trouble.some((trouble) => trouble.area === area);
  if (resourceType === INSTANCE) {
    const [set] = resourceId.split('/');
    const found = check.instances.find((one) => one.stackSetName === set && one.region === region);
    return found ? found.state !== 'UNKNOWN' : !failed('instances');
  }
  if (rule === CONTROL_MISSING) {
    const area = { [POLICY]: 'policies', [CONFIG_RULE]: 'rules' }[resourceType] ?? 'controls';
    return !failed(area as 'policies' | 'rules' | 'controls');
  }
  const stackName = resourceId.split('/')[0];
  const stack = check.stacks.find((one) => one.stackName === stackName);
  // A stack that is not planned any more has nothing to drift from.
  if (!stack) return !failed('stacks');
  if (stack.state === 'UNKNOWN') return false;
  return stack.state !== 'PARTLY_COMPARED' || resourceType === STACK;
}
