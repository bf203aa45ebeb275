import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE_PATH } from '../../workflows/artifacts.ts';
import { LandingZoneInput } from '../../workflows/landing-zone/input.schema.ts';
import type { RequestStatus } from '../cli/answers.schema.ts';
import type { Client } from '../cli/client.ts';
import { ask } from '../cli/commands/requests.ts';
import { connect, openAnonymous } from '../cli/connect.ts';
import { EXIT } from '../cli/exit.ts';
import { explain, Failed } from '../cli/explain.ts';
import { watch } from '../cli/follow.ts';
import { BadFile } from '../cli/request-files.ts';
import type { CommonOptions, Context } from '../cli/run.ts';
import { styled } from '../cli/text.ts';
import { approveAs } from '../cli/vend-request.ts';
import { silenceSdkNotice } from '../config.ts';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { networkOffSinceMs, watchOf } from './compile.ts';
import { NotReady } from './errors.ts';
import { type Item, isPossible } from './items.ts';
import { Live } from './live.schema.ts';
import { type Machine, openMachine } from './machine.aws.ts';
import { machinePlace } from './place.node.ts';
import { type LandingZonePlan, planLandingZone } from './plan.ts';
import { BadLandingZone, parseLandingZone, type WrittenLandingZone } from './read-file.ts';
import { type Change, compareSettings, controlChanges, letServiceRead, sendChange } from './service.ts';
import { othersLine, showItems, tallyLine } from './show.ts';

export type LandingZoneOptions = CommonOptions & {
  /** Only what is AWS's: the service is not asked, and nothing that somebody approves is asked for. */
  organizationOnly: boolean;
  all: boolean;
  yes?: boolean;
  approveAs?: string;
  timeout: number;
};

type Work = { context: Context; options: LandingZoneOptions; written: WrittenLandingZone; machine: Machine };
type Known = { plan: LandingZonePlan; live: Live; items: Item[]; changes: Change[]; differences: string[] };

/** Whoever runs it, where a name is enough. */
const WHO = { subject: 'landing-zone@example.com', teams: [], roles: ['admin', 'operator', 'auditor'] };

const catalogueOf = () =>
  parseCatalogue(JSON.parse(readFileSync(join(packageRoot(), CATALOGUE_PATH), 'utf8')));

/** Opens what both commands need, tells what went wrong, and closes. @returns the exit code */
async function withFile(
  context: Context,
  options: LandingZoneOptions,
  file: string,
  work: (open: Work) => Promise<number>,
): Promise<number> {
  let machine: Machine | undefined;
  try {
    silenceSdkNotice();
    const written = readLandingZone(file);
    machine = openMachine(machinePlace(context.config, written));
    return await work({ context, options, written, machine });
  } catch (error) {
    return tell(context, error);
  } finally {
    machine?.close();
  }
}

function tell({ screen }: Context, error: unknown): number {
  const own = [
    [BadLandingZone, EXIT.usage],
    [NotReady, EXIT.refused],
  ] as const;
  const [, code] = own.find(([kind]) => error instanceof kind) ?? [];
  if (code === undefined) {
    const { code: other, lines, value } = explain(error);
    screen.fail(lines, value);
    return other;
  }
  const { name, message } = error as Error;
  const problems = error instanceof BadLandingZone ? { problems: error.problems } : {};
  screen.fail(message.split('\n'), { error: { title: name, detail: message, ...problems } });
  return code;
}

function readLandingZone(file: string): WrittenLandingZone {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BadFile(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const today = new Date().toISOString().slice(0, 10);
  return parseLandingZone(file, text, { catalogue: catalogueOf(), today });
}

async function read({ machine, written: { file } }: Work, mode: 'read'): Promise<Live> {
  const input = LandingZoneInput.parse({
    mode,
    watch: watchOf(file),
    networkOffSinceMs: networkOffSinceMs(file),
    steps: [],
  });
  const answer = await machine.run(`read-${Date.now().toString(36)}-${process.pid}`, input);
  const parsed = Live.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Failed(
    `The workflow landing-zone is of another version than this program: ${parsed.error.message}`,
  );
}

const clientOf = ({ options, context }: Work): Promise<Client | undefined> =>
  options.organizationOnly ? Promise.resolve(undefined) : connect(options, context.config, WHO);

/** Everything that the file comes to, compared with AWS and with the service. */
async function compare(work: Work, client: Client | undefined): Promise<Known> {
  const { file } = work.written;
  const live = await read(work, 'read');
  const plan = planLandingZone(file, live, catalogueOf());
  if (!client)
    return { plan, live, items: plan.items.filter((one) => !one.approval), changes: [], differences: [] };
  const ids = new Map(live.units.map(({ path, id }) => [path, id]));
  const settings = await compareSettings(client, file, (path) => ids.get(path));
  const changes = [...(await controlChanges(client, plan.requests)), ...settings.changes];
  return {
    plan,
    live,
    items: [...plan.items, ...settings.items],
    changes,
    differences: [...settings.differences, ...settings.warnings],
  };
}

function show(
  { context: { screen }, options, written }: Work,
  { plan, items, changes, differences }: Known,
): void {
  showItems(screen, items, { all: options.all, at: written.at });
  for (const line of differences) screen.say(`           ${line}`);
  for (const { open } of changes)
    if (open) screen.say(`           ${open.id} asks for it and is ${open.status}`);
  if (plan.others.length > 0) screen.say(styled('dim', othersLine(plan.others)));
  if (options.organizationOnly) screen.say(styled('dim', 'The settings of the service were not compared.'));
  screen.say(tallyLine(items));
}

/** Only says what an apply would do. */
export const plan = (context: Context, options: LandingZoneOptions, file: string): Promise<number> =>
  withFile(context, options, file, async (work) => {
    const known = await compare(work, await clientOf(work));
    show(work, known);
    context.screen.data({
      event: 'plan',
      items: known.items,
      others: known.plan.others,
      differences: known.differences,
    });
    return isPossible(known.items) ? EXIT.ok : EXIT.refused;
  });

export const apply = (context: Context, options: LandingZoneOptions, file: string): Promise<number> =>
  withFile(context, options, file, async (work) => {
    const { screen } = context;
    // Known to answer before anything is made.
    const client = await clientOf(work);
    await work.machine.finishRunning((name) =>
      screen.note(`An apply is under way (${name}): waiting for its end first.`),
    );
    const known = await compare(work, client);
    show(work, known);
    screen.data({
      event: 'plan',
      items: known.items,
      others: known.plan.others,
      differences: known.differences,
    });
    if (!isPossible(known.items)) {
      screen.note('Nothing was applied: what cannot be has to be put right first.');
      return EXIT.refused;
    }
    const todo = known.items.filter(({ action }) => action !== 'keep').length;
    if (todo === 0) {
      screen.say('Nothing to do.');
      return EXIT.ok;
    }
    if (!options.yes && !(await ask(`Apply ${todo === 1 ? 'this' : `these ${todo}`}?`))) {
      screen.note('Nothing was applied.');
      return EXIT.refused;
    }
    const then = await makeAll(work, known, client);
    return client ? askForAll(work, client, then) : EXIT.ok;
  });

/** What is the workflow's: makes it, and reads it back. */
async function makeAll(work: Work, known: Known, client: Client | undefined): Promise<Known> {
  const {
    written: { file },
    machine,
    context: { screen },
  } = work;
  const { steps } = known.plan;
  if (steps.length === 0) return known;
  const input = LandingZoneInput.parse({
    mode: 'apply',
    watch: watchOf(file),
    networkOffSinceMs: networkOffSinceMs(file),
    steps,
  });
  screen.say(`Applying ${steps.length} steps`);
  await machine.run(`apply-${Date.now().toString(36)}-${process.pid}`, input);
  if (client) {
    const live = await read(work, 'read');
    const ids = live.units.filter(({ path }) => path !== '').map(({ id }) => id);
    const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    if (!(await letServiceRead(client, ids, wait)))
      screen.note('The service has not read the new units yet; it will with its next look.');
  }
  const then = await compare(work, client);
  const left = then.plan.items.filter((one) => one.action !== 'keep' && !one.approval);
  if (left.length > 0) {
    showItems(screen, left, { all: false, at: work.written.at });
    throw new Failed('AWS does not have it as the file says after all. Apply the file again.');
  }
  screen.say(`Made and read back: ${steps.length} steps`);
  return then;
}

/** What is the service's: asked for, once. */
async function askForAll(work: Work, client: Client, { changes, differences }: Known): Promise<number> {
  const {
    context: { screen, config },
    options,
  } = work;
  let worst: number = EXIT.ok;
  if (changes.length > 0) for (const line of differences) screen.say(`  ${line}`);
  for (const change of changes) {
    const request = await sendChange(client, change);
    screen.data({ event: 'asked', request });
    screen.say(`${request.id} ${change.open ? `is ${request.status}` : 'accepted'}: ${change.path}`);
    worst = Math.max(worst, await decided(work, client, request));
  }
  return worst;

  async function decided(_: Work, service: Client, request: RequestStatus): Promise<number> {
    if (options.approveAs === undefined) {
      screen.say(`  waiting for an approver: ${new URL(`/approvals/${request.id}`, service.baseUrl).href}`);
      return EXIT.ok;
    }
    await approveAs(openAnonymous(options, config), options.approveAs, 'platform', request);
    return watch(service, request.id, screen, { timeoutMs: options.timeout, facts: false });
  }
}
