import type { ControlParameter } from './catalogue.ts';

type Read = { value: string | boolean | string[] | undefined } | { problem: string };

const MAX_VALUES = 100;
const MAX_LENGTH = 256;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const PRINCIPAL =
  /^arn:(\*|aws(?:-[a-z]+)*):(?:iam|sts):\*?:(?:\*|\d{12}):(?:root|(?:role|user|assumed-role|federated-user)\/(.+))$/;
const ACTION = /^[a-z0-9-]+:([A-Za-z0-9*?]+)$/;
const RESOURCE = /^arn:[^:]+:[a-z0-9-]+:[^:]*:[^:]*:(.+)$/;

/**
 * Reads the value of a parameter as a request gives it. An exemption must name something: one that is all wildcards
 * would quietly switch the guardrail off.
 */
export function readParameter(parameter: ControlParameter, value: unknown): Read {
  switch (parameter.type) {
    case 'regions':
      return readList(value, (item) => REGION.test(item), 'a Region code like eu-west-1');
    case 'organization-ids':
      return { problem: 'is filled in by the service' };
    case 'principal-arns':
      return readList(value, isPrincipal, 'the ARN of a principal that names a role, user or root');
    case 'actions':
      return readList(value, (item) => names(ACTION.exec(item)?.[1]), 'an IAM action like sns:Publish');
    case 'resource-arns':
      return readList(value, (item) => names(RESOURCE.exec(item)?.[1]), 'the ARN of a resource');
    case 'flag':
      return readFlag(value);
    case 'port':
      return readPort(value);
    case 'text':
      return readText(value, parameter.pattern);
    case 'choice':
      return readChoice(value, parameter.allowed);
  }
}

/** At least three characters besides wildcards. */
const names = (text: string | undefined): boolean =>
  text !== undefined && text.replace(/[*?]/g, '').length >= 3;

function isPrincipal(item: string): boolean {
  const found = PRINCIPAL.exec(item);
  return found !== null && (item.endsWith(':root') || names(found[2]));
}

function readList(value: unknown, accepts: (item: string) => boolean, what: string): Read {
  if (!Array.isArray(value) || value.length === 0)
    return { problem: `must be a list of texts, each ${what}` };
  if (value.length > MAX_VALUES) return { problem: `has more than ${MAX_VALUES} values` };
  const items: string[] = [];
  for (const item of value as unknown[]) {
    if (typeof item !== 'string' || item.length > MAX_LENGTH || !accepts(item)) {
      return { problem: `${describe(item)} is not ${what}` };
    }
    items.push(item);
  }
  return { value: [...new Set(items)].sort() };
}

function readFlag(value: unknown): Read {
  if (value === true || value === 'true') return { value: true };
  if (value === false || value === 'false') return { value: undefined };
  return { problem: `${describe(value)} is not true or false` };
}

/** An empty text leaves the port out of the rule. */
function readPort(value: unknown): Read {
  const text = typeof value === 'number' ? String(value) : value;
  if (text === '') return { value: '' };
  const fits = typeof text === 'string' && /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
  return fits
    ? { value: String(Number(text)) }
    : { problem: `${describe(value)} is not a port (0 to 65535)` };
}

/** An empty text leaves the input out of the rule. */
function readText(value: unknown, pattern: string): Read {
  const fits = typeof value === 'string' && new RegExp(`^(?:${pattern})$`).test(value);
  return fits ? { value } : { problem: `${describe(value)} does not match ${pattern}` };
}

function readChoice(value: unknown, allowed: readonly string[]): Read {
  const text = String(value).toLowerCase();
  const chosen =
    typeof value === 'string' || typeof value === 'boolean'
      ? allowed.find((one) => one.toLowerCase() === text)
      : undefined;
  return chosen === undefined
    ? { problem: `${describe(value)} is not one of ${allowed.filter((one) => one !== '').join(', ')}` }
    : { value: chosen };
}

const describe = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? String(value);
