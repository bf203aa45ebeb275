import { and, eq } from 'drizzle-orm';
import { askNamed, isTransaction, type Named, type Orm } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { coalesce, perDatabase } from '../kernel/coalesce.ts';
import { Problem } from '../kernel/errors.ts';
import { Settings } from './settings.schema.ts';

/** Version 0 is what the installation began with; it is in no table. */
export type SettingsVersion = { version: number; settings: Settings };

export interface SettingsStore {
  /** The settings that are in force, as this connection or transaction sees them. */
  current(orm: Orm): Promise<SettingsVersion>;
  /**
   * The same, of the newest version that a statement of the caller's has read; undefined where there was none.
   * @throws Problem unavailable for a version that is there no more
   */
  of(orm: Orm, newest: NewestSettings): Promise<SettingsVersion>;
}

const NEWEST: Named = {
  name: 'newest_settings',
  text: 'select version::int as version, digest from settings_versions order by settings_versions.version desc limit 1',
};

const movedSettings = () =>
  new Problem(
    'unavailable',
    'settings-moved',
    'The settings are not those of a moment ago. Nothing was kept; try again.',
    {
      retryAfterSeconds: 1,
    },
  );

export type NewestSettings = { version: number; digest: string } | undefined;
const newestOf = async (orm: Orm): Promise<NewestSettings> =>
  (await askNamed<NonNullable<NewestSettings>>(orm, NEWEST, []))[0];

/** Whoever asks while a look is under way shares the next. */
const looks = perDatabase((orm) =>
  coalesce(
    async (askers: readonly Orm[]) => {
      const value = await newestOf(orm as Orm);
      return askers.map(() => ({ value }));
    },
    { lanes: 2 },
  ),
);

/**
 * The newest version is read on every call, after the call was made; its document only when it is another one than the
 * last.
 */
export function openSettings(initial: Settings): SettingsStore {
  const before: SettingsVersion = { version: 0, settings: initial };
  let last: (SettingsVersion & { digest: string }) | undefined;
  const of = async (orm: Orm, newest: NewestSettings): Promise<SettingsVersion> => {
    if (!newest) return before;
    const { version, digest } = newest;
    // A version that a transaction took back may come again as another document.
    if (last?.version === version && last.digest === digest) return last;
    const [row] = await orm
      .select({ document: settingsVersions.document })
      .from(settingsVersions)
      .where(and(eq(settingsVersions.version, version), eq(settingsVersions.digest, digest)));
    if (!row) throw movedSettings();
    last = { version, digest, settings: Settings.parse(row.document) };
    return last;
  };
  return {
    current: async (orm) => of(orm, isTransaction(orm) ? await newestOf(orm) : await looks(orm)(orm)),
    of,
  };
}
