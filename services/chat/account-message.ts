import type { AccountPlan } from '../planning/plan.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { Asked } from './approval-message.ts';
import { plain } from './message.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** US dollars a month, above which an approver should look at the items. */
const UNUSUAL_COST = 500;
/** A quota that is used to this share will soon stop the next request. */
const NEARLY_USED = 0.9;

/** Permission sets and policies of AWS that let their holder do everything, or make itself able to. */
const POWERFUL = /AdministratorAccess|PowerUserAccess|IAMFullAccess/;

/** An account in a person's words: the plan that the approver signs. */
export function accountMessage(input: {
  requestedBy: string;
  body: AccountRequest;
  plan: AccountPlan;
  /** What the guardrails do: `explainGuardrails`. */
  explained: readonly string[];
}): Asked {
  const { body, plan } = input;
  const name = plain(body.account.name);
  const cost = costText(plan);
  return {
    title: `${plain(input.requestedBy, 256)} asks for the account ${name}`,
    why: plain(body.justification) || '(nothing readable)',
    fields: [
      { label: 'Account', value: `${name} (${plain(body.account.email)})` },
      { label: 'Team', value: body.team },
      {
        label: 'Owner',
        value: plain(`${body.owner.firstName} ${body.owner.lastName} (${body.owner.email})`),
      },
      {
        label: 'Where',
        value: `${plain(plan.organization.organizationalUnitName)} (${plan.account.organizationalUnitId})`,
      },
      { label: 'Region', value: plan.organization.homeRegion },
      { label: 'Blueprint', value: `${plain(body.blueprint.name)}: ${components(plan)}` },
      { label: 'Network', value: networkText(plan) },
      { label: 'Guardrails', value: guardrailsText(plan.guardrails) },
      { label: 'Access', value: accessText(plan.access) },
      { label: 'Cost', value: cost },
      { label: 'Decides', value: whoMayDecide(plan.approvals, body.team) },
    ],
    sections: input.explained.length === 0 ? [] : [{ title: 'Guardrail', lines: input.explained.map(line) }],
    unusual: unusual(plan),
    summary: `the account ${name} for ${cost}`,
  };
}

const line = (text: string): string => plain(text);

const components = ({ components: all }: AccountPlan): string =>
  [...new Set(all.map((c) => c.name))].join(', ');

export const costText = ({ monthlyCost }: Pick<AccountPlan, 'monthlyCost'>): string =>
  `about ${monthlyCost.amount.toFixed(2)} ${monthlyCost.currency} a month`;

const networkText = ({ network }: AccountPlan): string =>
  network === null ? 'none' : `${network.vpcCidr}, ${network.subnets.length} subnets`;

function guardrailsText({ inherited, preventive, detective }: AccountPlan['guardrails']): string {
  const own = [...preventive.flatMap((p) => p.controls), ...detective.map((d) => d.control)];
  return `${inherited.length} from the organizational unit${own.length > 0 ? `, own: ${own.join(', ')}` : ''}`;
}

const accessText = (access: AccountPlan['access']): string =>
  access.length === 0
    ? 'nobody yet'
    : plain(
        access.map((a) => `${plain(a.principal, 128)} gets ${plain(a.permissionSet, 64)}`).join(', '),
        1_900,
      );

/** What the approver should not have to look for. */
function unusual(plan: AccountPlan): string[] {
  return [
    ...powerfulAccess(plan),
    ...(plan.network?.subnets.some(({ tier }) => tier === 'public')
      ? ['The network has public subnets: what is placed there can be reached from the internet.']
      : []),
    ...(plan.monthlyCost.amount > UNUSUAL_COST
      ? [`It costs more than ${UNUSUAL_COST} ${plan.monthlyCost.currency} a month.`]
      : []),
    ...plan.quotas
      .filter(({ used, limit }) => limit !== null && limit > 0 && used / limit >= NEARLY_USED)
      .map(({ name, used, limit }) => `${plain(name)}: ${used} of ${limit} are used.`),
    ...plan.warnings.map(line),
  ];
}

/** Access that lets its holder do everything in the account. */
export function powerfulAccess({
  access,
  permissionSets,
}: Pick<AccountPlan, 'access' | 'permissionSets'>): string[] {
  const powerful = new Set(
    permissionSets
      .filter(({ managedPolicies }) => managedPolicies.some((arn) => POWERFUL.test(arn)))
      .map(({ name }) => name),
  );
  return access
    .filter(({ permissionSet }) => POWERFUL.test(permissionSet) || powerful.has(permissionSet))
    .map(
      ({ principal, permissionSet }) =>
        `${plain(principal, 128)} gets administrator rights (${plain(permissionSet, 64)}).`,
    );
}
