/** How often something is tried: in full by `npm run test:long`, one in a hundred by `npm test`. */
export const counted = (n: number): number => (process.env.JETWAY_LONG === '1' ? n : Math.ceil(n / 100));
