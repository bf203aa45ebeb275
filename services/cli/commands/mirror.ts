import { Mirrored } from '../answers.schema.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import type { CommonOptions, Context } from '../run.ts';
import { styled } from '../text.ts';
import { readBody } from './guardrails.ts';

type Options = CommonOptions & {
  file?: string;
  interface?: string;
  direction?: string;
  protocol?: string;
  from?: string;
  to?: string;
  length?: number;
};

/** Which session and rule would mirror a packet: of sessions in a file, or of those at a network interface. */
export async function evaluate({ screen, config }: Context, options: Options): Promise<number> {
  const base = options.file === undefined ? {} : await readBody(options.file);
  const packet = packetOf(options);
  const body = {
    ...base,
    ...(options.interface === undefined ? {} : { networkInterfaceId: options.interface }),
    ...(Object.keys(packet).length > 0
      ? { packet: { ...(base.packet as object | undefined), ...packet } }
      : {}),
  };
  if (Object.keys(body).length === 0)
    throw new Usage('Name a file (-f), or an --interface and a packet: see --help.');
  const client = await connect(options, config, ONLOOKER);
  const { answer } = await client.send(Mirrored, '/v1/traffic-mirroring/evaluate', body);
  screen.data(answer);
  const { sessionNumber, ruleNumber, truncatedTo } = answer;
  screen.say(
    answer.mirrored
      ? [
          styled('green', 'mirrored'),
          ` by session ${sessionNumber}${ruleNumber === undefined ? '' : `, rule ${ruleNumber}`}`,
          truncatedTo === undefined ? ', whole' : `, cut to ${truncatedTo} bytes`,
        ]
      : styled('yellow', 'not mirrored'),
  );
  return EXIT.ok;
}

function packetOf({ direction, protocol, from, to, length }: Options): Record<string, unknown> {
  const [sourceIp, sourcePort] = endpointOf(from);
  const [destinationIp, destinationPort] = endpointOf(to);
  const all = {
    ...{
      direction,
      protocol: protocol === undefined || !/^\d+$/.test(protocol) ? protocol : Number(protocol),
    },
    ...{ sourceIp, sourcePort, destinationIp, destinationPort, length },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `10.0.0.5:443`, `[fd00::1]:443`, or without a port. */
export function endpointOf(text: string | undefined): [string | undefined, number | undefined] {
  if (text === undefined) return [undefined, undefined];
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return [six ?? four ?? text, port === undefined ? undefined : Number(port)];
}
