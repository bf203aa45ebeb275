/**
 * The organization exists twice, and moto makes up its own ids: this map says which is which. Everything on our side
 * of it (plans, executions, facts) has the embedded AWS's ids, everything on moto's side moto's.
 */
export type IdMap = {
  pair(ours: string, motos: string): void;
  isKnown(ours: string): boolean;
  toMoto<T>(value: T): T;
  fromMoto<T>(value: T): T;
};

export function createIdMap(): IdMap {
  const there = oneWay();
  const back = oneWay();
  return {
    pair(ours, motos) {
      if (there.of(ours) || back.of(motos)) throw new Error(`${ours} and ${motos}: one has a pair already`);
      there.add(ours, motos);
      back.add(motos, ours);
    },
    isKnown: (ours) => there.of(ours) !== undefined,
    toMoto: there.translate,
    fromMoto: back.translate,
  };
}

/** Ids stand alone or inside ARNs, names and policy texts, percent-encoded ones too: between characters not their own. */
function oneWay() {
  const names = new Map<string, string>();
  let pattern: RegExp | undefined;
  return {
    of: (id: string) => names.get(id),
    add(id: string, other: string): void {
      names.set(id, other);
      const any = [...names.keys()].sort((a, b) => b.length - a.length).map(literal);
      pattern = new RegExp(`(?:(?<![A-Za-z0-9])|(?<=%[0-9A-F]{2}))(?:${any.join('|')})(?![A-Za-z0-9])`, 'g');
    },
    translate<T>(value: T): T {
      if (value === undefined || !pattern) return value;
      return JSON.parse(JSON.stringify(value).replace(pattern, (id) => names.get(id) ?? id)) as T;
    },
  };
}

const literal = (id: string): string => id.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
