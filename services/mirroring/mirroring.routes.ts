import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { router } from '../http/env.ts';
import { json, ListQueryShape, Page, refusals } from '../http/schemas.ts';
import type { MirrorCatalogue } from './catalogue.ts';
import { MirrorQuestion, MirrorVerdict } from './evaluate.schema.ts';
import { evaluateMirroring } from './evaluate.ts';
import type { MirrorHub } from './hub.ts';
import { MirrorProfile } from './profile.schema.ts';
import { readProfile } from './profile.ts';
import { regionsOf } from './regions.pg.ts';
import { listCoverage, listSessions, sessionsOf } from './sessions.pg.ts';
import { COVERAGE_STATES } from './told.schema.ts';

const evaluate = createRoute({
  method: 'post',
  path: '/v1/traffic-mirroring/evaluate',
  summary: 'Which session and rule would mirror a packet, and how much of it',
  description:
    'Sessions are asked in the order of their numbers, and the first whose filter accepts the packet copies it, once. In a ' +
    'filter the rules of the direction are tried in the order of their numbers, and the first that matches decides; without ' +
    'a match nothing is mirrored. **Assumed, because AWS does not say it:** a reject leads on to the next session; UDP port ' +
    '123 counts as NTP, which is never mirrored; without `vpcCidrs` a private IPv4 address that ends in .2 is the resolver ' +
    'that `amazon-dns` means. `ruleNumber` is absent where `amazon-dns` takes the packet. `packetLength` counts bytes of ' +
    'the packet; `truncatedTo` is absent when nothing is cut or `length` is not told. With a `target` its own limit cuts too. With ' +
    '`networkInterfaceId` in place of `sessions` it is what Jetway has made there; sessions of others are not known.',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: MirrorQuestion.openapi('MirrorWhatIf') } },
    },
  },
  responses: { 200: json('The verdict', MirrorVerdict), ...refusals },
});

const ProfileList = z
  .object({
    items: z.array(MirrorProfile.openapi('MirrorProfile')),
    nextCursor: z.null(),
    /** Profiles that no plan can use, with what is wrong in their files. */
    unusable: z.array(
      z.object({
        name: z.string(),
        errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
      }),
    ),
  })
  .openapi('MirrorProfiles');

const listProfiles = createRoute({
  method: 'get',
  path: '/v1/traffic-mirroring/profiles',
  summary: 'The mirror profiles that a request may name',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: { query: z.strictObject({}) },
  responses: { 200: json('Profiles', ProfileList), ...refusals },
});

const Interface = {
  networkInterfaceId: z.string(),
  instanceId: z.string(),
  instanceType: z.string(),
  accountId: z.string(),
  accountName: z.string(),
  profile: z.string(),
  /** The start of the look that said so. */
  seenAt: z.string(),
};

const MirrorSession = z
  .object({
    sessionId: z.string(),
    ...Interface,
    team: z.string().nullable(),
    targetId: z.string(),
    sessionNumber: z.number().int().nullable(),
    virtualNetworkId: z.number().int().nullable(),
  })
  .openapi('MirrorSession');

const Covered = z
  .object({
    ...Interface,
    team: z.string().nullable(),
    state: z.enum(COVERAGE_STATES),
    reason: z.string().optional(),
  })
  .openapi('MirrorCoverage');

const CoveragePage = Page(Covered).extend({
  /** Governed Regions: AWS mirrors within a Region only, so there is nothing where there is no hub. */
  regions: z.array(
    z.object({ region: z.string(), status: z.enum(['MIRRORED', 'CANNOT']), reason: z.string().optional() }),
  ),
  /** How the accounts stand as a whole: armed as long as nothing of them is mirrored. The first of them. */
  accounts: z.array(
    z.object({
      accountId: z.string(),
      accountName: z.string(),
      /** The one that is asked first. */
      profile: z.string().nullable(),
      profiles: z.array(z.string()),
      status: z.enum(['NOT_ARMED', 'ARMED', 'MIRRORING']),
      reason: z.string().optional(),
      lookedAt: z.string().nullable(),
    }),
  ),
});

const query = z.strictObject({
  ...ListQueryShape,
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'is not an account id (12 digits)')
    .optional(),
  team: z.string().max(64).optional(),
});

const readSessions = createRoute({
  method: 'get',
  path: '/v1/traffic-mirroring/sessions',
  summary: 'Mirror sessions that Jetway has made, as the newest looks saw them',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: { query },
  responses: { 200: json('A page of sessions', Page(MirrorSession)), ...refusals },
});

const readCoverage = createRoute({
  method: 'get',
  path: '/v1/traffic-mirroring/coverage',
  summary: 'Which network interfaces are mirrored, which should be, and why they are not',
  description:
    '`MIRRORING`: there is a session. `ARMED`: there is to be one; `reason` says what is in the way. `UNSUPPORTED`: AWS does not mirror the ' +
    'instance type. `LIMIT`: sessions of others leave no room, or the target takes no more sources. An interface is there once for each profile that asks for it. Stopped instances are not listed: nothing of them is to be mirrored.',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: { query },
  responses: { 200: json('A page of interfaces', CoveragePage), ...refusals },
});

export type MirroringDeps = { mirroring: MirrorCatalogue; mirrorHub: MirrorHub | null; orm: Orm };

export function mirroringRoutes({ mirroring, mirrorHub, orm }: MirroringDeps) {
  const app = router();
  app.openapi(evaluate, async (c) => {
    const { networkInterfaceId, sessions = [], ...asked } = c.req.valid('json');
    const at =
      networkInterfaceId === undefined
        ? { sessions }
        : await sessionsOf(orm, c.get('who'), networkInterfaceId);
    return c.json(evaluateMirroring({ ...at, ...asked }), 200);
  });
  app.openapi(readSessions, async (c) =>
    c.json(await listSessions(orm, c.get('who'), c.req.valid('query')), 200),
  );
  app.openapi(readCoverage, async (c) => {
    const [coverage, regions] = await Promise.all([
      listCoverage(orm, c.get('who'), c.req.valid('query')),
      regionsOf(orm, mirrorHub),
    ]);
    return c.json({ ...coverage, regions }, 200);
  });
  app.openapi(listProfiles, (c) => {
    const read = [...mirroring.profiles].map(([name, text]) => ({ name, ...readProfile(name, text) }));
    const items = read.flatMap((one) => ('profile' in one ? [one.profile] : []));
    const unusable = read.flatMap((one) => ('errors' in one ? [{ name: one.name, errors: one.errors }] : []));
    return c.json({ items, nextCursor: null, unusable } as never, 200);
  });
  return app;
}
