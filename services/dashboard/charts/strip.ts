export type Flip = { at: number; state: string; n: number };
export type Span = { state: string; from: number; to: number };
export type Segment = Span & { x: number; width: number };

/**
 * In which state an account was from when to when. Each turn is told as one less of what it was and one more of what it
 * became; before the first it had none.
 * @param flips in the order of time; milliseconds. @param now end of the last span
 */
export function spansOf(flips: readonly Flip[], now: number): Span[] {
  const spans: Span[] = [];
  for (const { at, state, n } of flips) {
    const last = spans.at(-1);
    if (n < 0) {
      if (last && last.state === state && last.to === now) last.to = at;
      continue;
    }
    if (last && last.to === now) last.to = at;
    spans.push({ state, from: at, to: now });
  }
  return spans.filter(({ from, to }) => to > from);
}

/** The spans as segments of a strip that begins with the first of them and ends at the last. */
export function segments(spans: readonly Span[], width: number): Segment[] {
  const from = spans[0]?.from ?? 0;
  const length = Math.max(1, (spans.at(-1)?.to ?? 0) - from);
  return spans.map((span) => ({
    ...span,
    x: round(((span.from - from) * width) / length),
    width: Math.max(1, round(((span.to - span.from) * width) / length)),
  }));
}

/** Where an instant lies on the strip; undefined when it is before it. */
export function placeOn(spans: readonly Span[], at: number, width: number): number | undefined {
  const [from, to] = [spans[0]?.from, spans.at(-1)?.to];
  if (from === undefined || to === undefined || at < from) return undefined;
  return round((Math.min(at, to) - from) * (width / Math.max(1, to - from)));
}

const round = (n: number): number => Math.round(n * 10) / 10;
