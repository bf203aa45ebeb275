import type { Orm } from '../../db/client.ts';
import { outdatedChange } from '../account-changes/finished-plan.pg.ts';
import { outdatedException } from '../exceptions/outdated.pg.ts';
import { outdatedSettings } from '../settings/outdated.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { RequestKind } from './kinds.ts';

/** Why a plan no longer fits what it was made from, which is another since; undefined while it does. */
export async function outdatedPlan(
  orm: Orm,
  request: { kind: RequestKind; body: unknown; planText: string },
  { now, settings }: { now: Date; settings?: SettingsStore },
): Promise<string | undefined> {
  switch (request.kind) {
    case 'account-change':
      return outdatedChange(orm, request);
    case 'settings-change':
      return outdatedSettings(orm, request, settings);
    case 'control-exception':
      return outdatedException(orm, request, now);
    case 'account':
    case 'organizational-unit-change':
      return undefined;
    default:
      return request.kind satisfies never;
  }
}
