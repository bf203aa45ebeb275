import { OpenAPIHono } from '@hono/zod-openapi';
import type { Principal } from '../access/principal.ts';
import type { RoutePolicy } from '../access/route-policies.ts';
import type { Session } from '../access/sessions.pg.ts';
import { invalid } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import type { Directory } from '../people/person.ts';
import { fieldErrors } from './problem.ts';

export type AppEnv = {
  Variables: {
    /** The row of the route that is going to answer. */
    policy: RoutePolicy | undefined;
    /** Whoever is behind the token or the session; unset on routes that ask for neither. */
    who: Principal;
    /** Throws where the caller may not call under these settings; of bearer tokens. */
    mayStill: (settings: Directory) => void;
    /** The subject that called, from the moment it is known, also of who is refused then. */
    caller: string | undefined;
    /** Of the dashboard. */
    session: Session;
    /** The request that a signed callback is about; others name it in their path. */
    correlationId: string | undefined;
    /** The team that a JSON body names. */
    bodyTeam: string | undefined;
  };
};

/** A router whose validation failures are problems with JSON pointers. */
export const router = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(fieldErrors(result.error.issues as never));
      const bad = unstorable(result.data);
      if (bad) throw invalid([bad]);
    },
  });
