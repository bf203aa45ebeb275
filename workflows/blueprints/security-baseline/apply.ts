import { type AwsCall, errorName, errorText, type Sleep } from '../../custom-resource/aws-call.ts';
import type { Call, Setting } from './settings.ts';

/** How the settings came out: which of them AWS has confirmed, and what went wrong with the others. */
export type Applied = { verified: string[]; failures: string[] };

/** AWS's words for "nothing is set". */
const NOTHING_SET =
  /^(NoSuchEntity|NoSuchEntityException|NoSuchPublicAccessBlockConfiguration|ResourceNotFoundException)$/;
/** A setting may be read as it was for a moment after it has been changed. */
const READ_AGAIN_MS = [1_000, 2_000, 4_000, 8_000];

/**
 * Sets every setting and reads each back. They do not depend on one another: one that fails does not keep the others
 * from being made, and every failure is told.
 */
export async function applySettings(
  settings: readonly Setting[],
  call: AwsCall,
  sleep: Sleep,
): Promise<Applied> {
  const failures = await Promise.all(settings.map((setting) => applyOne(setting, call, sleep)));
  return {
    verified: settings.filter((_, i) => failures[i] === undefined).map(({ name }) => name),
    failures: failures.filter((failure) => failure !== undefined),
  };
}

/** What went wrong; undefined when AWS shows the setting as it was wanted. */
async function applyOne(setting: Setting, call: AwsCall, sleep: Sleep): Promise<string | undefined> {
  const told = (operation: string, words: string) => `${setting.name}: ${operation}: ${words}`;
  try {
    await send(call, setting.put);
  } catch (error) {
    return told(setting.put.operation, errorText(error));
  }
  try {
    let difference = await differenceOf(setting, call);
    for (const pause of READ_AGAIN_MS) {
      if (difference === undefined) break;
      await sleep(pause);
      difference = await differenceOf(setting, call);
    }
    return difference && told(setting.get.operation, difference);
  } catch (error) {
    return told(setting.get.operation, errorText(error));
  }
}

const send = (call: AwsCall, { service, operation, input }: Call) => call(service, operation, input);

async function differenceOf(setting: Setting, call: AwsCall): Promise<string | undefined> {
  const actual = await readBack(setting, call);
  if (typeof actual !== 'object' || actual === null) return 'nothing is set';
  const values = actual as Record<string, unknown>;
  const differing = Object.entries(setting.wanted).filter(([field, value]) => values[field] !== value);
  if (differing.length === 0) return undefined;
  return differing
    .map(([field, value]) => `${field} is ${String(values[field] ?? 'not set')}, wanted ${value}`)
    .join(', ');
}

async function readBack(setting: Setting, call: AwsCall): Promise<unknown> {
  try {
    return setting.readBack(await send(call, setting.get));
  } catch (error) {
    if (NOTHING_SET.test(errorName(error))) return undefined;
    throw error;
  }
}
