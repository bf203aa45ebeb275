import { desc } from 'drizzle-orm';
import { type Orm, transact } from '../../db/client.ts';
import { settingsVersions } from '../../db/schema/index.ts';
import { digestOf } from '../../services/kernel/canonical-json.ts';
import type { Clock } from '../../services/kernel/context.ts';
import { DEFAULT_SETTINGS } from '../../services/settings/defaults.ts';
import type { OnSettingsApplied } from '../../services/settings/on-applied.port.ts';
import type { SettingsStore } from '../../services/settings/settings.pg.ts';
import { Settings } from '../../services/settings/settings.schema.ts';

/** Puts settings in force as an approved change does, without asking anybody. */
export async function putSettings(
  deps: { orm: Orm; clock: Clock; settings: SettingsStore; onSettingsApplied: readonly OnSettingsApplied[] },
  changes: object,
): Promise<void> {
  await transact(deps.orm, async (tx) => {
    const { settings: before } = await deps.settings.current(tx);
    const [newest] = await tx
      .select()
      .from(settingsVersions)
      .orderBy(desc(settingsVersions.version))
      .limit(1);
    const document = Settings.parse({ ...DEFAULT_SETTINGS, ...changes });
    const version = (newest?.version ?? 0) + 1;
    const now = deps.clock.now();
    await tx.insert(settingsVersions).values({
      version,
      document,
      digest: digestOf(document),
      requestId: `test-${version}`,
      appliedAt: now,
    });
    for (const hook of deps.onSettingsApplied) await hook(tx, before, document, now);
  });
}
