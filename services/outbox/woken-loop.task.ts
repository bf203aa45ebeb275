import type { Logger } from 'pino';
import type { Clock } from '../kernel/context.ts';

/** A bell that was lost (a broken LISTEN connection) is made up for after this long. */
const SAFETY_MS = 30_000;

/**
 * Does rounds of work: woken by a bell of the database and by the clock when something is due; otherwise asleep.
 * @param round answers how much it took up; it is done again at once until there is nothing
 */
export function startWokenLoop(
  clock: Clock,
  log: Logger,
  name: string,
  work: {
    listen: (hear: () => void) => Promise<void>;
    round: () => Promise<number>;
    nextDue: () => Promise<Date | undefined>;
  },
): { stop(): Promise<void> } {
  let stopped = false;
  let ring = () => {};
  let rung = false;
  const wake = () => {
    rung = true;
    ring();
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (rung || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const loop = async () => {
    await work.listen(wake);
    while (!stopped) {
      rung = false;
      try {
        if ((await work.round()) > 0) continue;
        const due = await work.nextDue();
        const untilDue = (due?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
        await sleep(Math.min(SAFETY_MS, Math.max(0, untilDue)));
      } catch (error) {
        log.error({ err: error }, `${name}: the database could not be read, trying again`);
        await sleep(1_000);
      }
    }
  };
  const done = loop().catch((error: unknown) => log.error({ err: error }, `${name} stopped`));
  return {
    async stop() {
      stopped = true;
      wake();
      await done;
    },
  };
}
