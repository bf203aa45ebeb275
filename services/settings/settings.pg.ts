import { desc, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { Settings } from './settings.schema.ts';

/** Version 0 is what the installation began with; it is in no table. */
export type SettingsVersion = { version: number; settings: Settings };

export interface SettingsStore {
  /** The settings that are in force, as this connection or transaction sees them. */
  current(orm: Orm): Promise<SettingsVersion>;
}

/** The newest version is read on every call; its document only when it is another one than the last. */
export function openSettings(initial: Settings): SettingsStore {
  const before: SettingsVersion = { version: 0, settings: initial };
  let last: (SettingsVersion & { digest: string }) | undefined;
  return {
    async current(orm) {
      const [newest] = await orm
        .select({ version: settingsVersions.version, digest: settingsVersions.digest })
        .from(settingsVersions)
        .orderBy(desc(settingsVersions.version))
        .limit(1);
      if (!newest) return before;
      const { version, digest } = newest;
      // A version that a transaction took back may come again as another document.
      if (last?.version === version && last.digest === digest) return last;
      const [row] = await orm
        .select({ document: settingsVersions.document })
        .from(settingsVersions)
        .where(eq(settingsVersions.version, version));
      last = { version, digest, settings: Settings.parse(row?.document) };
      return last;
    },
  };
}
