import type { Orm } from '../../db/client.ts';
import type { Settings } from './settings.schema.ts';

/**
 * What has to happen together with new settings: in their transaction, with the document of before and the one that is
 * in force from now on. It must not fail for a document that was accepted.
 */
export type OnSettingsApplied = (tx: Orm, before: Settings, after: Settings, now: Date) => Promise<void>;
