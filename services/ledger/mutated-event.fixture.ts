import fc from 'fast-check';
import { sampleBodies } from './event-samples.fixture.ts';

/** What somebody could put where something else belongs. */
const oddity = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    0,
    -1,
    1.5,
    Number.MAX_SAFE_INTEGER,
    1e308,
    true,
    [],
    {},
    [[]],
    'Not Available',
    'a\u0000b',
    '\ud800',
    '__proto__',
    'constructor',
    '9'.repeat(400),
    'x'.repeat(5_000),
    'ä𝕏'.repeat(2_000),
    '999900001111',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2026-02-30T25:61:61Z',
    'arn:aws:states:us-east-1:999900001111:execution:account-vending:req-1',
    { eventName: 'CreateManagedAccount' },
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Step = { at: number; act: 'replace' | 'remove' | 'rename' | 'add' | 'wrap' | 'repeat'; odd: unknown };

const step: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(),
  act: fc.constantFrom('replace', 'remove', 'rename', 'add', 'wrap', 'repeat'),
  odd: oddity,
});

type Place = { holder: Record<string, unknown>; key: string };

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, key });
    placesOf(holder[key], found);
  }
  return found;
}

const set = (holder: object, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

function mutate(event: Record<string, unknown>, { at, act, odd: drawn }: Step): void {
  // The same value is drawn again and again: it must not become a part of itself.
  const odd = structuredClone(drawn);
  const places = placesOf(event);
  const place = places[at % Math.max(1, places.length)];
  if (!place) return;
  const { holder, key } = place;
  const value = holder[key];
  if (act === 'replace') set(holder, key, odd);
  if (act === 'remove') delete holder[key];
  if (act === 'rename') {
    delete holder[key];
    set(holder, typeof odd === 'string' ? odd : `${key}x`, value);
  }
  if (act === 'add') set(holder, `${key}${typeof odd === 'string' ? odd : ''}`, odd);
  if (act === 'wrap') {
    let deep = value;
    for (let levels = at % 80; levels >= 0; levels--) deep = levels % 2 === 0 ? [deep] : { deep };
    set(holder, key, deep);
  }
  if (act === 'repeat')
    set(
      holder,
      key,
      Array.from({ length: Math.min(at % 200, MOST_REPEATED / sizeOf(value)) }, () => value),
    );
}

/** Characters: a queue carries no message over 1 MiB, and repeats of repeats would be larger than memory. */
const MOST_REPEATED = 100_000;
const MOST_AT_ALL = 1_200_000;
const sizeOf = (value: unknown): number => 1 + (JSON.stringify(value)?.length ?? 0);

/** What happens to the text itself on its way. */
const damage = fc.oneof(
  { weight: 24, arbitrary: fc.constant((text: string) => text) },
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc.tuple(fc.nat(), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })).map(
    ([at, more]) =>
      (text: string) =>
        `${text.slice(0, at % (text.length + 1))}${more}${text.slice(at % (text.length + 1))}`,
  ),
  fc.constant((text: string) => text.replace('{', '{"id":"twice","id":"twice",')),
  fc.constant((text: string) => text.replace(/:(\d+)/, ':1e999')),
  fc.constant((text: string) => text.replace(/"detail":\{/, '"detail":{"__proto__":{"x":1},')),
  fc.constant((text: string) => text.replace(/"([^"]+)"/, '"$1\\u0000"')),
);

/** The text of one of these events after up to four acts of sabotage. `name` says which one it was. */
export const mutated = (bodies: ReadonlyMap<string, string>): fc.Arbitrary<{ name: string; body: string }> =>
  fc
    .record({ name: fc.constantFrom(...bodies.keys()), steps: fc.array(step, { maxLength: 3 }), damage })
    .map(({ name, steps, damage: harm }) => {
      const event = JSON.parse(bodies.get(name) ?? '') as Record<string, unknown>;
      for (const one of steps) if (sizeOf(event) < MOST_AT_ALL) mutate(event, one);
      return { name, body: harm(JSON.stringify(event)) };
    });

/** Of the samples of every kind. */
export const mutatedBody = mutated(sampleBodies);
