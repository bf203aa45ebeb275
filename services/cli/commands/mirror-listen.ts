import { setTimeout as sleep } from 'node:timers/promises';
import { type Decoded, endText, MOST_TOLD, protocolName } from '../../mirroring/vxlan.ts';
import { openVxlanSink } from '../../mirroring/vxlan-sink.node.ts';
import { SamplesTaken } from '../answers.schema.ts';
import { type Client, Refused } from '../client.ts';
import { connect, type Identity } from '../connect.ts';
import { EXIT } from '../exit.ts';
import type { CommonOptions, Context } from '../run.ts';
import type { Screen } from '../screen.ts';
import { styled, type Text } from '../text.ts';

type Options = CommonOptions & { port: number; host: string; tell?: boolean };
type Heard = Extract<Decoded, { vni: number }> & { from: string };

const TELL_MS = 1_000;
/** In the local mode: who runs the hub. */
const OPERATOR: Identity = { subject: 'hub@example.com', teams: [], roles: ['operator'] };

/** Hears VXLAN as a hub would and writes a line for each copy; with `tell` the dashboard shows the newest of them. */
export async function listen({ screen, config }: Context, options: Options): Promise<number> {
  const signIn = () => connect(options, config, OPERATOR);
  // Who may not sign in hears so before anything arrives.
  let client = options.tell ? await signIn() : undefined;
  let untold: Heard[] = [];
  const sink = await openVxlanSink(options, (decoded, from) => {
    screen.data({ from, ...decoded });
    screen.say(lineOf(decoded, from));
    if (client && 'vni' in decoded) untold = [...untold, { from, ...decoded }].slice(-MOST_TOLD);
  });
  screen.say(`waiting for VXLAN on ${options.host}:${sink.port} (UDP)`);
  const tell = async () => {
    const items = untold;
    untold = [];
    if (!client || items.length === 0) return;
    const send = (to: Client) => to.send(SamplesTaken, '/v1/traffic-mirroring/samples', { items });
    try {
      await send(client).catch(async (error: unknown) => {
        // A sink outlives its token.
        if (!(error instanceof Refused && error.status === 401)) throw error;
        client = await signIn();
        await send(client);
      });
    } catch (error) {
      passes(error, screen);
    }
  };
  try {
    await everySecond(tell);
    await tell();
    return EXIT.ok;
  } finally {
    await sink.close();
  }
}

/** A service that is away for a while does not end it: the sample has a gap then. @throws Refused for who may not tell */
function passes(error: unknown, screen: Screen): void {
  if (error instanceof Refused && error.status < 500) throw error;
  screen.note(`not told: ${(error as Error).message}`);
}

/** Until somebody interrupts. @throws what `work` throws */
async function everySecond(work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    while (!stop.signal.aborted) {
      await sleep(TELL_MS, undefined, { signal: stop.signal }).catch(() => {});
      await work();
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onSignal);
  }
}

function lineOf(decoded: Decoded, from: string): Text {
  if ('error' in decoded) return styled('yellow', `${from} sent what ${decoded.error}`);
  const { vni, packet } = decoded;
  const ends = `${endText(packet, 'source')} > ${endText(packet, 'destination')}`;
  const bytes =
    packet.copied < packet.length ? `${packet.copied} of ${packet.length} bytes` : `${packet.length} bytes`;
  return `VNI ${vni}  ${protocolName(packet.protocol)}  ${ends}  ${bytes}  from ${from}`;
}
