import { desc, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import { documentAfter } from './document.ts';
import type { SettingsStore } from './settings.pg.ts';
import { SettingsChange, type SettingsChangePlan } from './settings-change.schema.ts';

/**
 * Why a planned change no longer fits the settings, which are others since; undefined while it does, and once it has
 * been applied: the same question may come twice.
 *
 * @param settings also compares the documents themselves, so that exactly what was approved comes into force
 */
export async function outdatedSettings(
  orm: Orm,
  request: { body: unknown; planText: string },
  settings?: SettingsStore,
): Promise<string | undefined> {
  const plan = JSON.parse(request.planText) as SettingsChangePlan;
  if (await versionOf(orm, plan.requestId)) return undefined;
  const [newest] = await orm
    .select({ version: settingsVersions.version })
    .from(settingsVersions)
    .orderBy(desc(settingsVersions.version))
    .limit(1);
  const version = newest?.version ?? 0;
  if (version !== plan.baseVersion)
    return `The change was planned from version ${plan.baseVersion} of the settings, but version ${version} is in force now. Ask for it again.`;
  if (!settings) return undefined;
  const before = (await settings.current(orm)).settings;
  const after = documentAfter(before, SettingsChange.parse(request.body));
  if (digestOf(before) === plan.before && digestOf(after) === plan.after) return undefined;
  return 'The settings in force are not those that the change was planned from. Ask for it again.';
}

/** The version that this request made; undefined while it has made none. */
export async function versionOf(orm: Orm, requestId: string): Promise<number | undefined> {
  const [made] = await orm
    .select({ version: settingsVersions.version })
    .from(settingsVersions)
    .where(eq(settingsVersions.requestId, requestId));
  return made?.version;
}
