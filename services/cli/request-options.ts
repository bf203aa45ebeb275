import { Usage } from './explain.ts';

/** A request in arguments instead of a file. */
export type RequestOptions = {
  name?: string;
  email?: string;
  ou?: string;
  team?: string;
  owner?: string;
  justification?: string;
  blueprint?: string;
  set?: string[];
  guardrail?: string[];
  access?: string[];
  tag?: string[];
  expires?: string;
};

type Body = Record<string, unknown>;

/**
 * The request that the arguments say, over the one of a file where there is one. The service checks it; here only what
 * cannot be put in its shape is refused.
 * @throws Usage
 */
export function requestFrom(options: RequestOptions, base: Body = {}): Body {
  const account = given({
    name: options.name,
    email: options.email,
    organizationalUnitId: options.ou,
  });
  const lists = {
    ...(options.guardrail ? { guardrails: options.guardrail } : {}),
    ...(options.access ? { access: options.access.map(accessOf) } : {}),
  };
  return {
    ...base,
    ...merged('account', base, account),
    ...given({ team: options.team, justification: options.justification, expiresAt: options.expires }),
    ...merged('owner', base, options.owner === undefined ? {} : ownerOf(options.owner)),
    ...blueprintOf(options, base),
    ...lists,
    ...merged('tags', base, Object.fromEntries((options.tag ?? []).map((one) => pair('--tag', one)))),
  };
}

/** Whether the arguments say anything of a request. */
export const saysRequest = (options: RequestOptions): boolean => {
  const { name, email, ou, team, owner, justification, blueprint, set, guardrail, access, tag, expires } =
    options;
  return [name, email, ou, team, owner, justification, blueprint, set, guardrail, access, tag, expires].some(
    (one) => one !== undefined,
  );
};

const given = (values: Record<string, string | undefined>): Body =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(member: string, base: Body, over: Body): Body {
  if (Object.keys(over).length === 0) return {};
  const under = base[member];
  return { [member]: { ...(isBody(under) ? under : {}), ...over } };
}

/** `Ana Lopez <ana@example.com>`; the last word is the family name. */
function ownerOf(text: string): Body {
  const [, names, email] = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  const words = (names ?? '').split(/\s+/);
  if (email === undefined || words.length < 2)
    throw new Usage(`--owner is written as "Ana Lopez <ana@example.com>", not ${text}`);
  return { email, firstName: words.slice(0, -1).join(' '), lastName: words.at(-1) ?? '' };
}

/** `group=PermissionSet` */
function accessOf(text: string): Body {
  const [group, permissionSet] = pair('--access', text);
  return { group, permissionSet };
}

function pair(option: string, text: string): [string, string] {
  const cut = text.indexOf('=');
  if (cut < 1) throw new Usage(`${option} is written as name=value, not ${text}`);
  return [text.slice(0, cut), text.slice(cut + 1)];
}

function blueprintOf({ blueprint, set }: RequestOptions, base: Body): Body {
  if (blueprint === undefined && set === undefined) return {};
  const under = isBody(base.blueprint) ? base.blueprint : {};
  const name = blueprint ?? (typeof under.name === 'string' ? under.name : 'standard');
  // Parameters belong to the blueprint that they were written for.
  const parameters = structuredClone(name === under.name && isBody(under.parameters) ? under.parameters : {});
  for (const one of set ?? []) {
    const [path, text] = pair('--set', one);
    place(parameters, path.split('.'), scalar(text));
  }
  return { blueprint: { name, ...(Object.keys(parameters).length > 0 ? { parameters } : {}) } };
}

/** `vpc.availabilityZones=2`: numbers and booleans are meant as such; anything else is text. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

function place(into: Body, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined || first === '' || first === '__proto__')
    throw new Usage(`--set is written as component.parameter=value, not ${path.join('.')}=…`);
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const under = into[first];
  const next = isBody(under) ? under : {};
  into[first] = next;
  place(next, rest, value);
}
