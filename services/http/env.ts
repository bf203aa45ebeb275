import { OpenAPIHono } from '@hono/zod-openapi';
import type { Principal } from '../access/principal.ts';
import { invalid } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { fieldErrors } from './problem.ts';

export type AppEnv = { Variables: { who: Principal } };

/** A router whose validation failures are problems with JSON pointers. */
export const router = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(fieldErrors(result.error.issues as never));
      const bad = unstorable(result.data);
      if (bad) throw invalid([bad]);
    },
  });
