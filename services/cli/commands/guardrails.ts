import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Simulated } from '../answers.schema.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import { BadFile } from '../request-files.ts';
import type { CommonOptions, Context } from '../run.ts';
import { columns, type Style, styled, type Text } from '../text.ts';

type Body = Record<string, unknown>;
type Options = CommonOptions & {
  file?: string;
  guardrail?: string[];
  ou?: string;
  account?: string;
  action?: string[];
  resource?: string;
  principal?: string;
  region?: string;
  cloudtrail?: string;
  check?: boolean;
};

/** What a set of guardrails, a unit or an account would deny. With --check a call that is not allowed ends with 3. */
export async function simulate({ screen, config }: Context, options: Options): Promise<number> {
  const body = await bodyOf(options);
  const client = await connect(options, config, ONLOOKER);
  const { answer } = await client.send(Simulated, '/v1/guardrails/simulate', body);
  screen.data(answer);
  const asked = (body.requests ?? []) as Body[];
  const rows = answer.items.map((item, i): Text[] => [
    styled(COLOURS[item.decision] ?? 'yellow', item.decision),
    asked[i] ? `${asked[i].action} on ${asked[i].resource}` : `record ${i - asked.length + 1}`,
    [item.by.map((one) => `${one.control ?? 'no control'} (${one.sid})`).join(', '), item.why ?? '']
      .filter(Boolean)
      .join('; '),
  ]);
  for (const line of columns(rows)) screen.say(line);
  if (answer.summary)
    screen.say(
      Object.entries(answer.summary)
        .map(([name, n]) => `${n} ${name}`)
        .join(', '),
    );
  return options.check && answer.items.some((one) => one.decision !== 'allowed') ? EXIT.refused : EXIT.ok;
}

const COLOURS: Record<string, Style> = { allowed: 'green', denied: 'red', unknown: 'yellow' };

async function bodyOf(options: Options): Promise<Body> {
  const base = options.file === undefined ? {} : await readBody(options.file);
  const { guardrail, ou, account, action, resource, principal, region } = options;
  if (action !== undefined && principal === undefined)
    throw new Usage('--action needs --principal: the ARN of who would call.');
  const requests = action?.map((one) => ({
    ...{ action: one, resource: resource ?? '*', principalArn: principal },
    ...(region === undefined ? {} : { region }),
  }));
  return {
    ...base,
    ...(guardrail ? { guardrails: guardrail } : {}),
    ...(ou ? { organizationalUnitId: ou } : {}),
    ...(account ? { accountId: account } : {}),
    ...(requests ? { requests } : {}),
    ...(options.cloudtrail ? { cloudTrailRecords: await readRecords(options.cloudtrail) } : {}),
  };
}

/** @throws BadFile */
export async function readBody(file: string): Promise<Body> {
  try {
    const body: unknown = parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  } catch (cause) {
    throw new BadFile(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new BadFile(`${file} does not hold an object.`);
}

/** As CloudTrail writes them to its bucket: `{ "Records": [...] }`. */
async function readRecords(file: string): Promise<unknown> {
  const { Records: records } = await readBody(file);
  if (!Array.isArray(records)) throw new BadFile(`${file} holds no "Records", as a file of CloudTrail does.`);
  return records;
}
