import { BlueprintError } from './blueprint-error.ts';
import { type Component, derivationOf } from './component.ts';
import { type ParameterValue, textOf } from './parameter-types.ts';
import { type BlueprintContext, isNamedValue, NAMED_VALUES } from './values.ts';

/**
 * The parameters of a component's stack, as CloudFormation takes them. A parameter that nobody gave is left to the
 * template's default. Throws BlueprintError when the plan lacks a value: that is our fault, never the requester's.
 */
export function stackParametersOf(
  component: Component,
  parameters: Readonly<Record<string, ParameterValue>>,
  context: BlueprintContext,
): Record<string, string> {
  const filled: Record<string, string> = { ...derivationOf(component)?.derive(context, parameters) };
  for (const [name, source] of Object.entries(component.stackParameters)) {
    const value = isNamedValue(source)
      ? planned(source, context)
      : parameters[source.slice('parameters.'.length)];
    if (value !== undefined) filled[name] = textOf(value);
  }
  return filled;
}

function planned(source: keyof typeof NAMED_VALUES, context: BlueprintContext): string {
  const value = NAMED_VALUES[source](context);
  if (value === undefined) throw new BlueprintError(`the plan has no ${source}`);
  return value;
}
