/** A known bug: what is replaced by what, and the tests that have to notice. */
export type Mutant = {
  name: string;
  /** Each `from` is there exactly once. */
  edits: readonly { file: string; from: string; to: string }[];
  project: 'unit' | 'int';
  specs: readonly string[];
  /** Only tests whose full name matches, as vitest's `-t` takes it. */
  only?: string;
};

const SLACK_SIGNATURE = 'services/slack/signature.ts';
const SLACK_TESTS = { project: 'unit', specs: ['services/slack/signature.unit.spec.ts'] } as const;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the window of a Slack signature is open towards the future',
    edits: [
      {
        file: SLACK_SIGNATURE,
        from: 'Math.abs(Math.floor(input.nowMs / 1_000) - Number(timestamp)) > WINDOW_SECONDS',
        to: 'Math.floor(input.nowMs / 1_000) - Number(timestamp) > WINDOW_SECONDS',
      },
    ],
    ...SLACK_TESTS,
  },
  {
    name: 'the signature of Slack is compared with that of the parsed body, written anew',
    edits: [
      {
        file: SLACK_SIGNATURE,
        from: '.update(`v0:${timestamp}:`).update(rawBody)',
        to: '.update(`v0:${timestamp}:`).update(String(new URLSearchParams(Buffer.from(rawBody).toString())))',
      },
    ],
    ...SLACK_TESTS,
  },
  {
    name: 'the approver is taken from the message that was clicked',
    edits: [
      {
        file: 'services/slack/interaction.schema.ts',
        from: '    channel: z.object({ id: Id }).nullish(),\n    actions',
        to: '    channel: z.object({ id: Id }).nullish(),\n    message: z.object({ user: Id.optional() }).optional(),\n    actions',
      },
      {
        file: 'services/slack/interaction.schema.ts',
        from: '        actor: actorOf(payload),\n        channel: payload.channel',
        to: '        actor: { ...actorOf(payload), user: payload.message?.user ?? payload.user.id },\n        channel: payload.channel',
      },
    ],
    project: 'int',
    specs: ['services/slack/slack.int.spec.ts'],
    only: 'takes nothing of the message for the person',
  },
  {
    name: 'a second identity is another person',
    edits: [
      {
        file: 'services/people/person.ts',
        from: '  const names = reach(directory, a);\n  return [...reach(directory, b)].some((name) => names.has(name));',
        to: '  return canonicalSubject(a) === canonicalSubject(b) || (reach(directory, a), false);',
      },
    ],
    project: 'unit',
    specs: ['services/people', 'services/approvals'],
  },
  {
    name: 'what was cancelled may still be approved',
    edits: [
      {
        file: 'services/approvals/approvals.pg.ts',
        from: '  if (cancelled) {',
        to: '  if (cancelled && false) {',
      },
      {
        file: 'services/approvals/approvals.pg.ts',
        from: '  if (view?.terminal) throw',
        to: '  if (false) throw',
      },
    ],
    project: 'int',
    specs: ['services/slack/slack.int.spec.ts'],
    only: 'after a cancel or a decision changes nothing',
  },
];
