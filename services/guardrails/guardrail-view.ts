import { attachmentOf, type Catalogue, type Control, type ControlParameter } from './catalogue.ts';

type Enabled = { target: string; status: string };

export type GuardrailFilter = {
  guidance?: Control['guidance'] | undefined;
  behavior?: Control['behavior'] | undefined;
  implementation?: Control['implementation']['type'] | undefined;
  /** Part of the id or the title, in any case. */
  q?: string | undefined;
  /** Enabled on this unit or account, in any state. */
  enabledOn?: string | undefined;
};

/** The controls that a filter lets through, in the order of the catalogue. */
export function filterControls(
  { controls }: Catalogue,
  filter: GuardrailFilter,
  enabledOn: (id: string) => readonly Enabled[],
): Control[] {
  const { guidance, behavior, implementation, q, enabledOn: target } = filter;
  const wanted = q?.toLowerCase();
  return controls.filter(
    (c) =>
      (guidance === undefined || c.guidance === guidance) &&
      (behavior === undefined || c.behavior === behavior) &&
      (implementation === undefined || c.implementation.type === implementation) &&
      (wanted === undefined || `${c.id} ${c.title}`.toLowerCase().includes(wanted)) &&
      (target === undefined || enabledOn(c.id).some((one) => one.target === target)),
  );
}

/** A control as the API shows it in a list. */
export const guardrailView = (control: Control, enabledOn: readonly Enabled[]) => ({
  id: control.id,
  title: control.title,
  guidance: control.guidance,
  behavior: control.behavior,
  implementation: control.implementation.type,
  attachableTo: attachableTo(control),
  /** May be switched on and off with controltower:EnableControl; mandatory ones are always on. */
  apiManageable: control.apiManageable,
  /** Proactive controls check a template before CloudFormation makes anything of it. */
  cloudFormationHook: control.implementation.type === 'CLOUDFORMATION_HOOK',
  parameters: control.parameters.map(parameterView),
  enabledOn: [...enabledOn],
});

/** The same with what it says: statements of a policy as JSON, or the Config rule. */
export const guardrailDetail = (control: Control, enabledOn: readonly Enabled[]) => ({
  ...guardrailView(control, enabledOn),
  ...(control.statements ? { statements: control.statements } : {}),
  ...(control.configRule ? { configRule: control.configRule } : {}),
  ...(control.attributes ? { attributes: control.attributes } : {}),
});

/** On an account by our policies and rules; on a unit by Control Tower, where its API can; the rest not by us. */
function attachableTo(control: Control): ('account' | 'organizational-unit')[] {
  return [
    ...(attachmentOf(control) === 'organizational-unit' ? [] : (['account'] as const)),
    ...(control.apiManageable ? (['organizational-unit'] as const) : []),
  ];
}

function parameterView(parameter: ControlParameter) {
  return {
    name: parameter.name,
    type: parameter.type,
    required: parameter.required,
    ...('default' in parameter ? { default: parameter.default } : {}),
    ...('allowed' in parameter ? { allowed: parameter.allowed } : {}),
  };
}
