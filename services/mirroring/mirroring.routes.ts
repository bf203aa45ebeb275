import { createRoute, z } from '@hono/zod-openapi';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';
import type { MirrorCatalogue } from './catalogue.ts';
import { MirrorVerdict, MirrorWhatIf } from './evaluate.schema.ts';
import { evaluateMirroring } from './evaluate.ts';
import { MirrorProfile } from './profile.schema.ts';
import { readProfile } from './profile.ts';

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
    'the packet; `truncatedTo` is absent when nothing is cut or `length` is not told. With a `target` its own limit cuts too.',
  tags: ['traffic mirroring'],
  security: [{ bearer: [] }],
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: MirrorWhatIf.openapi('MirrorWhatIf') } },
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

export function mirroringRoutes({ mirroring }: { mirroring: MirrorCatalogue }) {
  const app = router();
  app.openapi(evaluate, (c) => c.json(evaluateMirroring(c.req.valid('json')), 200));
  app.openapi(listProfiles, (c) => {
    const read = [...mirroring.profiles].map(([name, text]) => ({ name, ...readProfile(name, text) }));
    const items = read.flatMap((one) => ('profile' in one ? [one.profile] : []));
    const unusable = read.flatMap((one) => ('errors' in one ? [{ name: one.name, errors: one.errors }] : []));
    return c.json({ items, nextCursor: null, unusable } as never, 200);
  });
  return app;
}
