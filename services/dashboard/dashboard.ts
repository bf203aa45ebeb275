import type { Context } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import type { Session } from '../access/sessions.pg.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock } from '../kernel/context.ts';
import type { Frame } from './layout.page.tsx';
import { filterValue } from './query.ts';

export type DashboardDeps = {
  orm: Orm;
  clock: Clock;
  local: boolean;
  /** With the places that the person may approve by. */
  asApprover: (who: Principal) => Promise<Principal>;
  guidanceOf: (control: string) => string;
  /** The token in the forms of a session. */
  csrf: (session: Session) => string;
};

export const frameOf = (deps: Pick<DashboardDeps, 'csrf' | 'local'>, c: Context<AppEnv>): Frame => ({
  who: c.get('who'),
  csrf: deps.csrf(c.get('session')),
  local: deps.local,
  path: c.req.path,
});

/** Filters of an address by their names; what is not asked for, or cannot be, is not there. */
export const queryOf = <K extends string>(
  c: Context<AppEnv>,
  names: readonly K[],
): Partial<Record<K, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = filterValue(c.req.query(name), 300);
      return value === undefined ? [] : [[name, value]];
    }),
  ) as Partial<Record<K, string>>;
