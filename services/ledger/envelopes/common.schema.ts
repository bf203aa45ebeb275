import { z } from 'zod';

/*
 * AWS adds members to its events over the years: the shapes here take what they name and leave the rest, with limits on
 * whatever becomes part of a fact, so that no event can make a row that no index holds.
 */
export const AccountId = z.string().regex(/^\d{12}$/);
export const Region = z.string().regex(/^[a-z0-9-]{1,32}$/);
export const Name = z.string().min(1).max(256);
export const Arn = z.string().min(1).max(1_024);
/** AWS's own words; they are shown, never matched. */
export const Words = z
  .string()
  // Never through the middle of a pair of surrogates: no database holds half of one.
  .transform((text) =>
    text.length <= 2_000 ? text : `${text.slice(0, 1_999).replace(/[\ud800-\udbff]$/, '')}…`,
  );

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SPOKEN = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d) (AM|PM)$/;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)$/;

/** Outside of these years somebody plays with us: databases have limits of their own. */
const [EARLIEST, LATEST] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/**
 * Milliseconds of a time as AWS writes it: RFC 3339, `2026-03-04T10:15:29+0000` (Control Tower), or
 * `Mar 4, 2026 9:58:12 AM` (Organizations, Service Catalog; UTC).
 */
export function instantOf(text: string): number | undefined {
  const iso = ISO.exec(text);
  const spoken = iso ? null : SPOKEN.exec(text);
  const ms = iso
    ? Date.parse(`${iso[1]}${iso[2]?.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')}`)
    : spoken
      ? spokenMs(spoken)
      : Number.NaN;
  return ms >= EARLIEST && ms < LATEST ? ms : undefined;
}

function spokenMs([, month, day, year, hour, minute, second, half]: RegExpExecArray): number {
  const at = MONTHS.indexOf(month ?? '');
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  if (at < 0 || Number(hour) > 12) return Number.NaN;
  return Date.UTC(Number(year), at, Number(day), hours, Number(minute), Number(second));
}

/** A time, as milliseconds. */
export const Instant = z
  .string()
  .max(64)
  .transform((text, context) => {
    const ms = instantOf(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'not a time of this century' });
    return z.NEVER;
  });
