export type FromWhere = { site: string | undefined; origin: string | undefined };

/**
 * Did a page of ours send it? Browsers say so in Sec-Fetch-Site; older ones in Origin alone. Our own forms say
 * `Origin: null`, because our pages are not to be named as referrers. Nothing said is no.
 */
export function sentByOurPage({ site, origin }: FromWhere, ours: string): boolean {
  if (site !== undefined)
    return site === 'same-origin' && (origin === undefined || origin === 'null' || origin === ours);
  return origin === ours;
}
