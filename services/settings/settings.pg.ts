import { desc } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { Settings } from './settings.schema.ts';

/** Version 0 is what the installation began with; it is in no table. */
export type SettingsVersion = { version: number; settings: Settings };

export interface SettingsStore {
  /** The settings that are in force, as this connection or transaction sees them. */
  current(orm: Orm): Promise<SettingsVersion>;
}

export const openSettings = (initial: Settings): SettingsStore => ({
  async current(orm) {
    const [row] = await orm
      .select({ version: settingsVersions.version, document: settingsVersions.document })
      .from(settingsVersions)
      .orderBy(desc(settingsVersions.version))
      .limit(1);
    return row
      ? { version: row.version, settings: Settings.parse(row.document) }
      : { version: 0, settings: initial };
  },
});
