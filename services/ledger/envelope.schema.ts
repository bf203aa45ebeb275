import { z } from 'zod';

/** Outside of these years nothing of ours happens, and databases have limits of their own. */
const ofThisCentury = (time: string): boolean => {
  const ms = Date.parse(time);
  return ms >= Date.UTC(2000, 0) && ms < Date.UTC(2100, 0);
};

/** What EventBridge delivers. AWS adds members over the years, so only here unknown ones are kept, not refused. */
export const Envelope = z.looseObject({
  version: z.string(),
  id: z.string().min(1).max(256),
  'detail-type': z.string().min(1).max(256),
  source: z.string().min(1).max(256),
  account: z.string().regex(/^\d{12}$/),
  time: z.iso.datetime({ offset: true }).refine(ofThisCentury, 'not a time of this century'),
  region: z.string().max(64),
  resources: z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof Envelope>;
