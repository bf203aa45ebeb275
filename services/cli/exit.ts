/** How a command ends; docs/cli.md has the table. */
export const EXIT = {
  ok: 0,
  /** A fault of the program itself. */
  broken: 1,
  /** Wrong arguments, or a file that cannot be read or is not accepted. Nothing was asked for. */
  usage: 2,
  /** The service or a person said no. */
  refused: 3,
  /** It was tried and did not succeed, or the service does not answer. */
  failed: 4,
  timeOut: 5,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;

type Settling = { status: string };

const REFUSED = ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED'];

/** Of a request that was followed to its end. */
export function exitOfRequest({ status }: Settling): number {
  if (REFUSED.includes(status)) return EXIT.refused;
  return status === 'QUARANTINED' ? EXIT.failed : EXIT.ok;
}

/** Of an answer that is no success. */
export function exitOfHttp(status: number): number {
  if ([400, 413, 415, 422].includes(status)) return EXIT.usage;
  return status < 500 ? EXIT.refused : EXIT.failed;
}
