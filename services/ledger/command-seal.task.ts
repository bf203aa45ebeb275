import { EXIT, type Open, type Options, say } from './command-run.task.ts';
import { type SealedMonth, sealMonth } from './housekeeping.pg.ts';

/** Each month by itself: what has been done stays done when a later one fails. */
export async function sealMonths({ orm }: Open, { json }: Options, now: () => Date): Promise<number> {
  const sealed: SealedMonth[] = [];
  for (let one = await sealMonth(orm, now()); one; one = await sealMonth(orm, now())) {
    sealed.push(one);
    if (!json) say(`${one.era}: ${one.facts} facts in the order of accounts`);
  }
  if (json) say(JSON.stringify({ sealed }));
  else if (sealed.length === 0)
    say('nothing to write: every month that is over lies in the order of accounts');
  return EXIT.ok;
}
