import type { Control, ControlParameter } from './catalogue.ts';
import type { ChosenControl, ParameterValue } from './choose.ts';

/** DetectiveRulePlan of the plan. */
export type DetectiveRule = {
  ruleName: string;
  control: string;
  sourceIdentifier: string;
  parameters: Record<string, string>;
  regions: string[];
};

/** Parameters of the detective stack, every control of the catalogue among them: what is not asked for is 'false'. */
export type DetectivePlan = { rules: DetectiveRule[]; stackParameters: Record<string, string> };

/** @example ruleNameOf('AWS-GR_RESTRICTED_SSH') // jetway-aws-gr-restricted-ssh */
export const ruleNameOf = (controlId: string): string =>
  `jetway-${controlId.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;

/** Logical ids and parameter names of CloudFormation are letters and digits. */
export const alphanumericId = (controlId: string): string => controlId.replace(/[^A-Za-z0-9]/g, '');

export const enableParameter = (controlId: string): string => `Enable${alphanumericId(controlId)}`;

/** @example parameterOf('AWS-GR_RESTRICTED_COMMON_PORTS', 'blockedPort1') // AWSGRRESTRICTEDCOMMONPORTSBlockedPort1 */
export const parameterOf = (controlId: string, name: string): string =>
  `${alphanumericId(controlId)}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

type StackParameter = Extract<ControlParameter, { type: 'port' | 'text' | 'choice' }>;

/** Is the value given to the rule by a parameter of the stack? */
export const isStackParameter = (parameter: ControlParameter): parameter is StackParameter =>
  parameter.type === 'port' || parameter.type === 'text' || parameter.type === 'choice';

/** The controls that are Config rules, in the order of their ids. */
export function detectiveControls(controls: readonly Control[]): Control[] {
  return controls
    .filter(({ implementation }) => implementation.type === 'CONFIG_RULE')
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Where rules are made: the governed Regions, the home Region, and the account that has the functions of our own rules. */
export type DetectivePlace = { regions: readonly string[]; homeRegion: string; auditAccountId: string };

/** The rules that the chosen controls become, and the parameters that make the stack have just these. */
export function planDetective(
  controls: readonly Control[],
  choices: readonly ChosenControl[],
  place: DetectivePlace,
): DetectivePlan {
  const chosen = new Map(choices.map((choice) => [choice.control.id, choice]));
  const known = detectiveControls(controls);
  return {
    rules: known.flatMap((control) => {
      const choice = chosen.get(control.id);
      return choice ? [ruleFor(choice, place)] : [];
    }),
    stackParameters: {
      HomeRegion: place.homeRegion,
      AuditAccountId: place.auditAccountId,
      ...Object.fromEntries(known.flatMap((control) => parametersFor(control, chosen.get(control.id)))),
    },
  };
}

function ruleFor({ control, parameters }: ChosenControl, place: DetectivePlace): DetectiveRule {
  const inputs = (control.configRule?.inputs ?? [])
    .map(({ name, parameter }) => [name, asText(parameters[parameter])] as const)
    .filter(([, value]) => value !== '');
  return {
    ruleName: ruleNameOf(control.id),
    control: control.id,
    sourceIdentifier: control.configRule?.sourceIdentifier ?? '',
    parameters: Object.fromEntries(inputs),
    regions: control.configRule?.homeOnly ? [place.homeRegion] : [...place.regions],
  };
}

function parametersFor(control: Control, choice: ChosenControl | undefined): [string, string][] {
  const enabled: [string, string] = [enableParameter(control.id), choice ? 'true' : 'false'];
  const own = control.parameters.flatMap((parameter): [string, string][] => {
    if (!isStackParameter(parameter)) return [];
    const value = choice?.parameters[parameter.name];
    return [
      [parameterOf(control.id, parameter.name), value === undefined ? parameter.default : asText(value)],
    ];
  });
  return [enabled, ...own];
}

const asText = (value: ParameterValue | undefined): string => (value === undefined ? '' : String(value));
