import type { Logger } from 'pino';
import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import { factsBySeq } from '../ledger/ledger.pg.ts';
import { outboundDetail } from '../outbox/deliver.ts';
import { startWokenLoop } from '../outbox/woken-loop.task.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { type Claimed, claimDeliveries, nextDelivery, settle, tidy } from './deliveries.pg.ts';
import { activeKeys } from './keys.pg.ts';
import { type Outbound, type Outcome, reasonOf, succeeded } from './outbound.port.ts';
import { pingDetail } from './ping.ts';
import { signedHeaders } from './standard.ts';

export type DeliveryDeps = {
  orm: Orm;
  clock: Clock;
  secrets: Secrets;
  settings: SettingsStore;
  outbound: Outbound;
  /** From 0 to 1. */
  random: () => number;
  log: Logger;
};

const TIDY_MS = 3_600_000;

/** Sends what waits for each endpoint. Beside the relay, so that foreign servers never hold up our own messages. */
export function startDeliveries(
  deps: DeliveryDeps,
  listen: (hear: () => void) => Promise<void>,
): { stop(): Promise<void> } {
  let tidied = Number.NEGATIVE_INFINITY;
  return startWokenLoop(deps.clock, deps.log, 'webhook deliveries', {
    listen,
    async round() {
      const now = deps.clock.now();
      if (now.getTime() - tidied >= TIDY_MS) {
        await tidy(deps.orm, now);
        tidied = now.getTime();
      }
      return deliverOnce(deps);
    },
    nextDue: () => nextDelivery(deps.orm),
  });
}

/** One round. @returns how many deliveries were attempted */
export async function deliverOnce(deps: DeliveryDeps): Promise<number> {
  const claimed = await claimDeliveries(deps.orm, deps.clock.now());
  if (claimed.length === 0) return 0;
  const { settings } = await deps.settings.current(deps.orm);
  const seqs = claimed.flatMap((d) => (d.factSeq === null ? [] : [d.factSeq]));
  const facts = new Map((await factsBySeq(deps.orm, seqs)).map((f) => [f.seq, f]));
  const bodies = new Map([...facts.values()].map((f) => [f.seq, outboundDetail(f)]));
  const keys = await activeKeys(deps.orm, deps.secrets, settings.endpoints);
  await Promise.all(
    claimed.map(async (delivery) => {
      const endpoint = settings.endpoints.find((e) => e.name === delivery.endpoint);
      const body = delivery.factSeq === null ? pingDetail(delivery) : bodies.get(delivery.factSeq);
      const own = keys.filter((k) => k.endpoint === endpoint);
      const outcome =
        endpoint?.direction !== 'out' || endpoint.format !== 'standard' || body === undefined
          ? notSent('the settings list the endpoint no more')
          : own.length === 0
            ? notSent('the endpoint has no key that works')
            : await deps.outbound.post(
                endpoint.url,
                signedHeaders(delivery.id, deps.clock.now(), body, own),
                body,
              );
      report(deps.log, delivery, outcome, facts.get(delivery.factSeq ?? -1)?.requestId);
      await settle(deps.orm, delivery, outcome, deps.clock.now(), deps.random());
    }),
  );
  return claimed.length;
}

const notSent = (why: string): Outcome => ({ kind: 'failed', reason: `not sent: ${why}` });

/** @param correlationId the request that the event is about, if it is about one */
function report(log: Logger, delivery: Claimed, outcome: Outcome, correlationId: string | undefined): void {
  const { id: deliveryId, endpoint, attempts } = delivery;
  const about = { deliveryId, endpoint, attempts, ...(correlationId === undefined ? {} : { correlationId }) };
  if (succeeded(outcome)) log.debug(about, 'a webhook was delivered');
  else log.warn({ ...about, reason: reasonOf(outcome) }, 'a webhook was not delivered');
}
