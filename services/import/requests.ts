import type { Note } from './source.ts';

/** A request for an account as `jetway apply` takes it; members that the source does not say are absent. */
export type ImportedRequest = {
  /** File name without its end. */
  name: string;
  body: {
    account: { name?: string; email?: string; organizationalUnitId?: string };
    team: string;
    owner?: { email: string; firstName: string; lastName: string };
    justification: string;
    access?: { group: string; permissionSet: string }[];
    tags?: Record<string, string>;
  };
  /** What has to be written before it can be asked for. */
  missing: string[];
};

/** What an import comes to. `landingZone` is as much of a landing-zone file as the source says. */
export type Imported = {
  landingZone: Record<string, unknown>;
  requests: ImportedRequest[];
  notes: Note[];
};

export type ImportOptions = {
  /** Of requests whose source names none. */
  team: string;
  /** Ids of units by the name or path that the source uses. */
  units: ReadonlyMap<string, string>;
};

/** A name for files and teams: lower case letters, digits and hyphens. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63) || 'imported';

/** The parts of every file that no source has: what a landing zone of Jetway begins with. */
export const beginnings = () => ({
  quarantine: { policy: 'jetway-quarantine', rootFence: 'jetway-root-fence' },
  approvals: {
    policies: [
      {
        name: 'whole-organization',
        when: { kinds: ['organizational-unit-change', 'settings-change'] },
        stages: [{ name: 'approver', approvers: [{ anyTeam: true }] }],
      },
      { name: 'one-approver', stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }] },
    ],
  },
});

type Unit = { name: string; units?: Unit[]; [member: string]: unknown };

/** A tree from paths, parents where they are named or not. @param more members of a unit by its path */
export function unitTree(paths: readonly string[], more: (path: string) => object): Unit[] {
  const top: Unit[] = [];
  for (const path of [...new Set(paths)]) {
    let level = top;
    const names = path.split('/');
    names.forEach((name, i) => {
      let unit = level.find((one) => one.name === name);
      if (!unit) {
        unit = { name, ...more(names.slice(0, i + 1).join('/')) };
        level.push(unit);
      }
      if (i < names.length - 1) {
        unit.units ??= [];
        level = unit.units;
      }
    });
  }
  return top;
}
