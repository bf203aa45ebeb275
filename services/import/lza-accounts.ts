import type { Assignment } from './lza-people.ts';
import { type ImportedRequest, type ImportOptions, slug } from './requests.ts';
import { itemsAt, peek, type Source, take, takeText } from './source.ts';

const CORE = { Management: 'management', LogArchive: 'logArchive', Audit: 'audit' } as const;

/** Ids of the three accounts of Control Tower, where the file lists ids by e-mail. */
export function coreAccounts(accounts: Source | undefined): Record<string, string> {
  if (!accounts) return {};
  const ids = new Map(
    itemsAt(accounts, '/accountIds').map((at) => [
      String(peek(accounts, `${at}/email`)).toLowerCase(),
      { at, id: String(peek(accounts, `${at}/accountId`)) },
    ]),
  );
  return Object.fromEntries(
    itemsAt(accounts, '/mandatoryAccounts').flatMap((at) => {
      const role = CORE[String(peek(accounts, `${at}/name`)) as keyof typeof CORE];
      const found = ids.get(String(peek(accounts, `${at}/email`)).toLowerCase());
      if (role === undefined) return [];
      take(accounts, at);
      if (!found) return [];
      take(accounts, found.at);
      return [[role, found.id]];
    }),
  );
}

/** One request for each workload account, with the access that Identity Center gives in it. */
export function accountRequests(
  accounts: Source | undefined,
  assignments: readonly Assignment[],
  options: ImportOptions,
): ImportedRequest[] {
  if (!accounts) return [];
  return itemsAt(accounts, '/workloadAccounts').map((at): ImportedRequest => {
    const text = (name: string) => takeText(accounts, `${at}/${name}`);
    const [name, email, description] = [text('name'), text('email'), text('description')];
    const path = text('organizationalUnit');
    const unitId = path === undefined ? undefined : options.units.get(path);
    const access = assignments
      .filter(({ accounts: named, units }) => named.includes(name ?? '') || units.includes(path ?? ''))
      .flatMap(({ groups, permissionSet }) => groups.map((group) => ({ group, permissionSet })));
    return {
      name: slug(name ?? 'account'),
      missing: [
        ...(name === undefined ? ['account.name'] : []),
        ...(email === undefined ? ['account.email'] : []),
        ...(unitId === undefined ? [`account.organizationalUnitId (the id of ${path ?? 'its unit'})`] : []),
        'owner',
      ],
      body: {
        account: {
          ...(name === undefined ? {} : { name }),
          ...(email === undefined ? {} : { email }),
          ...(unitId === undefined ? {} : { organizationalUnitId: unitId }),
        },
        team: options.team,
        justification: description ?? 'Imported from the Landing Zone Accelerator',
        ...(access.length > 0 ? { access } : {}),
      },
    };
  });
}
