import { Expression, type HclBlock, type HclValue } from './hcl.ts';
import {
  beginnings,
  type Imported,
  type ImportedRequest,
  type ImportOptions,
  slug,
  unitTree,
} from './requests.ts';
import { escaped, leftOver, type Note, openSource, peek, type Source, take, takeText } from './source.ts';

/** A block of a Terraform file. */
export type Written = { file: string; block: HclBlock; at: (offset: number) => string };

const FACTORY = /control_tower_account_factory/;
/** What AFT calls a module whose blocks ask for accounts, wherever it lies. */
const isRequest = ({ block }: Written): boolean =>
  block.type === 'module' && Object.hasOwn(block.attributes, 'control_tower_parameters');
const isFactory = ({ block }: Written): boolean =>
  block.type === 'module' && FACTORY.test(String(block.attributes.source ?? ''));

/** Account requests of an AFT repository, and what its own module says of the landing zone. Pure. */
export function importAft(blocks: readonly Written[], options: ImportOptions): Imported {
  const notes: Note[] = [];
  const requests = blocks.filter(isRequest).map((one) => request(one, options, notes));
  const units = requests.map(({ unit }) => unit).filter((name) => name !== undefined);
  for (const one of blocks.filter((block) => !isRequest(block) && !isFactory(block)))
    notes.push({
      at: one.at(one.block.offset),
      what: [one.block.type, ...one.block.labels].join(' '),
      why: 'is Terraform of its own, not an account request',
    });
  return {
    landingZone: {
      version: 1,
      ...factory(blocks.filter(isFactory), notes),
      organizationalUnits: unitTree(units, () => ({})),
      identityCenter: { groups: [], permissionSets: [] },
      ...beginnings(),
    },
    requests: requests.map(({ unit: _, ...one }) => one),
    notes,
  };
}

const sourceOf = ({ file, block, at }: Written): Source =>
  openSource(file, block.attributes, (pointer) => {
    for (let one = pointer; one !== ''; one = one.slice(0, one.lastIndexOf('/'))) {
      const offset = block.places.get(one);
      if (offset !== undefined) return at(offset);
    }
    return at(block.offset);
  });

const WHY: readonly [RegExp, string][] = [
  [
    /^\/account_customizations_name/,
    'customizations are Terraform that AFT runs; choose a blueprint, or write a component (CONTRIBUTING.md)',
  ],
  [/^\/custom_fields/, 'fields of AFT for its customizations; what is still needed may become a tag'],
  [
    /^\/control_tower_parameters\/ManagedOrganizationalUnit/,
    'a unit goes by its id; give --unit "NAME=ou-…"',
  ],
  [/^\/feature_options|^\/aft_/, 'a setting of AFT itself; Jetway has no use for it'],
  [/^\/vcs|^\/terraform|^\/tf_|_repo/, 'a setting of the pipelines of AFT; Jetway has none'],
];
const why = (value: unknown) => (pointer: string) =>
  value instanceof Expression || peekExpression(value, pointer)
    ? 'is computed by Terraform; write its value'
    : (WHY.find(([pattern]) => pattern.test(pointer))?.[1] ?? 'nothing here corresponds to it');

/** An expression at the pointer of some attributes. */
function peekExpression(attributes: unknown, pointer: string): boolean {
  const found = peek({ file: '', body: attributes, at: () => '', used: new Set() }, pointer);
  return found instanceof Expression;
}

function request(
  written: Written,
  options: ImportOptions,
  notes: Note[],
): ImportedRequest & { unit: string | undefined } {
  const source = sourceOf(written);
  const { attributes } = written.block;
  take(source, '/source');
  take(source, '/version');
  const parameter = (name: string) => takeText(source, `/control_tower_parameters/${name}`);
  const [name, email] = [parameter('AccountName'), parameter('AccountEmail')];
  const unitText = parameter('ManagedOrganizationalUnit');
  const unit = unitText === undefined ? undefined : namedUnit(unitText, options.units);
  if (unit && unit.id === undefined)
    source.used.delete('/control_tower_parameters/ManagedOrganizationalUnit');
  const owner = {
    email: parameter('SSOUserEmail'),
    firstName: parameter('SSOUserFirstName'),
    lastName: parameter('SSOUserLastName'),
  };
  const tags = tagsOf(source);
  const team = teamOf(source, tags) ?? options.team;
  const by = takeText(source, '/change_management_parameters/change_requested_by');
  const reason = takeText(source, '/change_management_parameters/change_reason');
  const label = written.block.labels[0] ?? 'account';
  const missing = [
    ...(name === undefined ? ['account.name'] : []),
    ...(email === undefined ? ['account.email'] : []),
    ...(unit?.id === undefined
      ? [`account.organizationalUnitId${unit ? ` (the id of ${unit.name})` : ''}`]
      : []),
    ...(isWhole(owner) ? [] : ['owner']),
  ];
  notes.push(...leftOver(source, why(attributes)));
  return {
    name: slug(name ?? label),
    unit: unit?.name,
    missing,
    body: {
      account: {
        ...(name === undefined ? {} : { name }),
        ...(email === undefined ? {} : { email }),
        ...(unit?.id === undefined ? {} : { organizationalUnitId: unit.id }),
      },
      team,
      ...(isWhole(owner) ? { owner } : {}),
      justification: [reason ?? `Imported from AFT (module ${label})`, by ? `asked for by ${by}` : '']
        .filter(Boolean)
        .join(', '),
      ...(Object.keys(tags).length > 0 ? { tags } : {}),
    },
  };
}

type Owner = { email: string; firstName: string; lastName: string };
const isWhole = (owner: { [member in keyof Owner]: string | undefined }): owner is Owner =>
  Object.values(owner).every((text) => text !== undefined);

/** `Name (ou-…)`, or a bare name whose id somebody has given. */
function namedUnit(text: string, units: ReadonlyMap<string, string>) {
  const [, name = text, id] = /^(.*?)\s*\((ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})\)\s*$/.exec(text) ?? [];
  return { name: name.trim(), id: id ?? units.get(name.trim()) };
}

function tagsOf(source: Source): Record<string, string> {
  const all = peek(source, '/account_tags');
  if (typeof all !== 'object' || all === null || all instanceof Expression) return {};
  return Object.fromEntries(
    Object.keys(all as Record<string, HclValue>).flatMap((name) => {
      const value = takeText(source, `/account_tags/${escaped(name)}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** AFT knows no teams; a field or a tag of that name is one. */
function teamOf(source: Source, tags: Record<string, string>): string | undefined {
  const fields = (peek(source, '/custom_fields') ?? {}) as Record<string, unknown>;
  const field = Object.keys(fields).find((name) => name.toLowerCase() === 'team');
  const own = field === undefined ? undefined : takeText(source, `/custom_fields/${escaped(field)}`);
  const tag = Object.entries(tags).find(([name]) => name.toLowerCase() === 'team')?.[1];
  const found = own ?? tag;
  return found === undefined ? undefined : slug(found);
}

/** What the module of AFT itself says: where Control Tower is, and which accounts it has. */
function factory(found: readonly Written[], notes: Note[]): Record<string, unknown> {
  const [own] = found;
  if (!own) return {};
  const source = sourceOf(own);
  take(source, '/source');
  take(source, '/version');
  const text = (name: string) => takeText(source, `/${name}`);
  const home = text('ct_home_region');
  const accounts = {
    management: text('ct_management_account_id'),
    logArchive: text('log_archive_account_id'),
    audit: text('audit_account_id'),
  };
  notes.push(...leftOver(source, why(own.block.attributes)));
  return {
    ...(home === undefined ? {} : { homeRegion: home, governedRegions: [home] }),
    accounts: Object.fromEntries(Object.entries(accounts).filter(([, id]) => id !== undefined)),
  };
}
