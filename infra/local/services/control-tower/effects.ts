import { attachmentOf, type Control, parseCatalogue } from '../../../../services/guardrails/catalogue.ts';
import type { ChosenControl, ParameterValue } from '../../../../services/guardrails/choose.ts';
import { packPolicies } from '../../../../services/guardrails/pack.ts';
import catalogueFile from '../../../../workflows/guardrails/catalogue.json' with { type: 'json' };
import type { OrganizationAccount, OrganizationPolicy } from '../../organization-tree.ts';
import { token } from '../../random.ts';
import type { World } from '../../world.ts';
import { type AccountResource, deleteResource, putResource } from '../account-resources.ts';
import { listRules, RULE_TYPE, ruleArn, scheduleEvaluation } from '../config/rules.ts';
import { attachedTo, attachNow, detachNow } from '../organizations/policies.ts';
import { ACCOUNTS, POLICIES } from '../organizations/tree.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import { BASELINES, CONTROLS, type EnabledBaseline, type EnabledControl } from './state.ts';

const catalogue = parseCatalogue(catalogueFile);
const OUR_POLICY = /^aws-guardrails-/;
const OUR_RULE = /^AWSControlTower_/;

/**
 * Makes what Control Tower deploys for the optional controls of a unit true: its policies on the unit, its Config rules
 * in the enrolled accounts that lie in it. Mandatory controls have no effects here. Inside a store transaction.
 *
 * @param controls of the unit, as they are to be
 * @returns why it cannot be done; then nothing has changed
 */
export function deployControls(
  world: World,
  unitId: string,
  controls: readonly EnabledControl[],
): string | undefined {
  const chosen = choicesOf(controls);
  const problem = deployPolicies(world, unitId, chosen);
  if (problem !== undefined) return problem;
  for (const { Id } of accountsIn(world, unitId)) deployRules(world, Id, chosen);
  return undefined;
}

/** An account that was enrolled in a unit gets the unit's rules, and loses those of the unit that it came from. */
export function deployToAccount(world: World, accountId: string, unitId: string): void {
  const enabled = world.store
    .values<EnabledControl>(CONTROLS)
    .filter((control) => control.unitId === unitId && control.status === 'SUCCEEDED');
  deployRules(world, accountId, choicesOf(enabled));
}

const choicesOf = (controls: readonly EnabledControl[]): ChosenControl[] =>
  controls.flatMap(({ controlId, parameters = [] }) => {
    const control = catalogue.byId.get(controlId);
    if (!control || control.guidance === 'mandatory') return [];
    const given = Object.fromEntries(parameters.map(({ key, value }) => [key, value as ParameterValue]));
    return [{ control, parameters: { ...defaultsOf(control), ...given } }];
  });

const defaultsOf = (control: Control): Record<string, ParameterValue> =>
  Object.fromEntries(control.parameters.flatMap((p) => ('default' in p ? [[p.name, p.default]] : [])));

/** Enrolled accounts only: Control Tower deploys nothing into the others. */
const accountsIn = ({ store }: World, unitId: string): OrganizationAccount[] =>
  store
    .values<OrganizationAccount>(ACCOUNTS)
    .filter(({ ParentId }) => ParentId === unitId)
    .filter(({ Id }) => store.get<EnabledBaseline>(BASELINES, Id)?.status === 'SUCCEEDED');

/** All policies of the unit anew: Control Tower packs its controls together. */
function deployPolicies(world: World, unitId: string, chosen: ChosenControl[]): string | undefined {
  const { store, random } = world;
  const attached = attachedTo(store, unitId).map(({ PolicyId }) =>
    store.get<OrganizationPolicy>(POLICIES, PolicyId),
  );
  const old = attached.filter((policy) => policy !== undefined && OUR_POLICY.test(policy.Name));
  const packed = packPolicies(
    chosen.filter(({ control }) => attachmentOf(control) === 'policy'),
    {
      maxPolicies: limit(store, QUOTAS.policiesPerTarget) - (attached.length - old.length),
      maxCharacters: limit(store, QUOTAS.policySize),
    },
  );
  if ('refused' in packed) return `The service control policies do not fit: ${packed.refused.reason}.`;
  for (const policy of old) {
    if (!policy) continue;
    detachNow(store, policy.Id, unitId);
    store.delete(POLICIES, policy.Id);
  }
  for (const { content, controls } of packed.policies) {
    const policy: OrganizationPolicy = {
      Id: `p-${token(random, 10)}`,
      Name: `aws-guardrails-${token(random, 6)}`,
      Description: `Controls of AWS Control Tower: ${controls.join(', ')}`.slice(0, 512),
      Content: content,
      AwsManaged: false,
    };
    store.put(POLICIES, policy.Id, policy);
    attachNow(store, policy.Id, unitId);
  }
  return undefined;
}

function deployRules(world: World, accountId: string, chosen: readonly ChosenControl[]): void {
  const { store, landingZone } = world;
  const wanted = new Map(
    chosen
      .filter(({ control }) => control.configRule !== undefined)
      .map((choice) => [`AWSControlTower_${choice.control.id}`, choice]),
  );
  for (const region of landingZone.governedRegions) {
    const known = listRules(store, accountId, region).filter(({ id }) => OUR_RULE.test(id));
    const gone = known.filter(({ id }) => !wanted.has(id));
    const missing = [...wanted].filter(([name]) => !known.some(({ id }) => id === name));
    for (const { id } of gone) deleteResource(store, accountId, region, RULE_TYPE, id);
    for (const [name, choice] of missing) putResource(store, ruleOf(world, accountId, region, name, choice));
    if (gone.length + missing.length > 0) scheduleEvaluation(world, accountId, region);
  }
}

function ruleOf(
  world: World,
  accountId: string,
  region: string,
  name: string,
  { control, parameters }: ChosenControl,
): AccountResource {
  const ConfigRuleId = `config-rule-${world.random.hex(6)}`;
  const inputs = (control.configRule?.inputs ?? []).flatMap(({ name: input, parameter }) =>
    parameters[parameter] === undefined || parameters[parameter] === ''
      ? []
      : [[input, String(parameters[parameter])]],
  );
  return {
    type: RULE_TYPE,
    id: name,
    accountId,
    region,
    properties: {
      ConfigRuleName: name,
      Source: { Owner: 'AWS', SourceIdentifier: control.configRule?.sourceIdentifier ?? '' },
      InputParameters: Object.fromEntries(inputs),
    },
    attributes: { ConfigRuleId, Arn: ruleArn(accountId, region, ConfigRuleId) },
    createdAt: new Date(world.scheduler.now()).toISOString(),
  };
}
