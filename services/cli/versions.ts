/** Major and minor of a version; undefined for what is none. */
const parts = (version: string): [major: number, minor: number] | undefined => {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
};

/**
 * Why this program and the service do not speak the same language; undefined when they do, or when the service does not
 * say what it is. Before 1.0 every minor version may change what is said, afterwards only a major one.
 */
export function misfit(ours: string, theirs: string | undefined): string | undefined {
  const [own, other] = [parts(ours), parts(theirs ?? '')];
  if (!own || !other) return undefined;
  const same = own[0] === other[0] && (own[0] > 0 || own[1] === other[1]);
  if (same) return undefined;
  const older = own[0] < other[0] || (own[0] === other[0] && own[1] < other[1]);
  const next = older
    ? `Install version ${theirs} of it.`
    : `Install version ${theirs} of it, or have the service brought up to ${ours}.`;
  return `The service is version ${theirs}, this program is ${ours}: they do not fit. ${next}`;
}
