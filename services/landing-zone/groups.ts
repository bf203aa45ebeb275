import type { Refuse } from '../settings/refuse.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';

/** Everybody of a group and of the groups in it, each once, in the order of the file. Of a cycle each group once. */
export function peopleOf({ approvals }: LandingZoneFile, name: string): string[] {
  const seen = new Set<string>();
  const people = new Set<string>();
  const visit = (one: string): void => {
    const group = approvals.groups[one];
    if (!group || seen.has(one)) return;
    seen.add(one);
    for (const person of group.people) people.add(person);
    for (const below of group.groups) visit(below);
  };
  visit(name);
  return [...people];
}

/** Groups that are not there, and groups that lead back to themselves: each circle is said once. */
export function groupProblems({ approvals: { groups } }: LandingZoneFile, refuse: Refuse): void {
  const settled = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    groups[name]?.groups.forEach((below, i) => {
      const pointer = `/approvals/groups/${name}/groups/${i}`;
      const back = [...way, name].indexOf(below);
      if (groups[below] === undefined)
        refuse(pointer, `${below} is no group of this file; write it under /approvals/groups`);
      else if (back >= 0)
        refuse(
          pointer,
          `makes a circle: ${[...[...way, name].slice(back), below].join(' → ')}; take one of them out`,
        );
      else if (!settled.has(below)) visit(below, [...way, name]);
    });
    settled.add(name);
  };
  for (const name of Object.keys(groups)) if (!settled.has(name)) visit(name, []);
}
