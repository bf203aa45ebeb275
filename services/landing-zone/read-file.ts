import type { z } from 'zod';
import { BadFile, parseRequests, type WrittenRequest } from '../cli/request-files.ts';
import type { FieldError } from '../kernel/errors.ts';
import { LandingZoneFile } from './landing-zone.schema.ts';
import { type FileContext, fileProblems } from './problems.ts';

/** A landing-zone file that can be worked with, and where its parts are written. */
export type WrittenLandingZone = { file: LandingZoneFile; at: WrittenRequest['at'] };

/** Everything that is wrong with a landing-zone file, a line for each: place, path and what to do. */
export class BadLandingZone extends Error {
  override readonly name = 'BadLandingZone';
  constructor(
    file: string,
    readonly problems: readonly { at: string; pointer: string; message: string }[],
  ) {
    super(
      [
        `${file} is not a landing zone that can be applied. Nothing was applied.`,
        ...problems.map(({ at, pointer, message }) => `  ${at}: ${pointer || '/'} ${message}`),
      ].join('\n'),
    );
  }
}

/** @throws BadFile for text that is no YAML, BadLandingZone with every problem at once */
export function parseLandingZone(name: string, text: string, context: FileContext): WrittenLandingZone {
  const documents = parseRequests(name, text, 'landing zone');
  const [written] = documents;
  if (!written || documents.length > 1) throw new BadFile(`${name} has to hold one landing zone.`);
  const parsed = LandingZoneFile.safeParse(written.body);
  const problems = parsed.success
    ? fileProblems(parsed.data, context)
    : parsed.error.issues.flatMap((issue) => issueProblems(issue, written.body));
  if (parsed.success && problems.length === 0) return { file: parsed.data, at: written.at };
  const placed = problems.map((problem) => ({ ...problem, at: written.at(problem.pointer) }));
  throw new BadLandingZone(
    name,
    placed.sort((a, b) => a.at.localeCompare(b.at, 'en', { numeric: true })),
  );
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What helps where a member is not there at all. */
const MISSING: Readonly<Record<string, string>> = {
  '/accounts/audit': 'the id of the account that Control Tower made for auditing (Security unit), in quotes',
  '/accounts/logArchive':
    'the id of the account that Control Tower made for the logs (Security unit), in quotes',
  '/accounts/management': 'the id of the management account, in quotes',
  '/accountFactory/noVpcSince':
    'switch the network settings off (Control Tower console, Account Factory, Network configuration) and write the day here',
};

/** In words for a person; of a union the alternative that was meant. */
function issueProblems(issue: z.core.$ZodIssue, body: unknown): FieldError[] {
  const pointer = pointerOf(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${key}`,
      message:
        'is no member of a landing zone here; take it out, or look for its spelling in docs/landing-zone.md',
    }));
  if (issue.code === 'invalid_union') return [closest(issue, pointer)];
  if (issue.code === 'invalid_type' && valueAt(body, issue.path) === undefined)
    return [{ pointer, message: missing(pointer) }];
  return [{ pointer, message: issue.message }];
}

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    body,
  );

const missing = (pointer: string): string =>
  `is missing${MISSING[pointer] === undefined ? '' : `: ${MISSING[pointer]}`}`;

function closest(issue: z.core.$ZodIssueInvalidUnion, pointer: string): FieldError {
  const alternatives = issue.errors.map((errors) => errors.map((one) => one.message).join('; '));
  const words = [...new Set(alternatives)].filter(Boolean).join(', or ');
  return { pointer, message: `fits none of what may stand here (${words})` };
}
