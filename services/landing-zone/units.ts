import type { FileUnit, LandingZoneFile } from './landing-zone.schema.ts';

/** A unit of the file with its place: path from below the root, and JSON pointer in the file. */
export type PlacedUnit = {
  unit: FileUnit;
  path: string;
  parentPath: string;
  pointer: string;
  depth: number;
  /** Whether accounts may be asked for, by itself or by what is above. */
  takesAccounts: boolean;
};

/** Every unit, parents before what lies in them. */
export function placedUnits({ organizationalUnits }: LandingZoneFile): PlacedUnit[] {
  const walk = (
    units: readonly FileUnit[],
    above: { path: string; depth: number; takesAccounts: boolean },
    base: string,
  ): PlacedUnit[] =>
    units.flatMap((unit, i) => {
      const path = above.path === '' ? unit.name : `${above.path}/${unit.name}`;
      const pointer = `${base}/${i}`;
      const takesAccounts = unit.takesAccounts ?? above.takesAccounts;
      const placed = { unit, path, parentPath: above.path, pointer, depth: above.depth + 1, takesAccounts };
      return [placed, ...walk(unit.units ?? [], placed, `${pointer}/units`)];
    });
  return walk(organizationalUnits, { path: '', depth: 0, takesAccounts: true }, '/organizationalUnits');
}
