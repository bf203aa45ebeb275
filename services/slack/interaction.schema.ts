import { z } from 'zod';
import { fieldErrors } from '../http/problem.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { APPROVE, DENY, MOST_REASON, REASON, REASON_MODAL, readButtonValue } from './blocks.ts';
import type { SlackActor } from './member.ts';

/** What a verified call of Slack asks for. */
export type Interaction =
  | { kind: 'nothing' }
  | { kind: 'challenge'; challenge: string }
  | { kind: 'decide'; click: Click }
  /** Deny was clicked: the reason has to be asked for. */
  | { kind: 'ask-reason'; click: Omit<Click, 'decision' | 'comment'>; triggerId: string }
  /** The modal came back without a reason. */
  | { kind: 'no-reason' };

export type Click = {
  promptId: string;
  planDigest: string;
  decision: 'approve' | 'deny';
  comment: string | null;
  actor: SlackActor;
  /** Where the person is told what came of it. */
  channel: string | null;
};

const Id = z.string().regex(/^[A-Z0-9]{2,40}$/);

const Actor = z.object({
  user: z.object({ id: Id, team_id: Id.optional() }),
  team: z.object({ id: Id }).nullish(),
  enterprise: z.object({ id: Id }).nullish(),
});

const Payload = z.discriminatedUnion('type', [
  Actor.extend({
    type: z.literal('block_actions'),
    trigger_id: z.string().min(1).max(300),
    channel: z.object({ id: Id }).nullish(),
    actions: z
      .array(z.object({ action_id: z.string().max(255), value: z.string().max(2_000).optional() }))
      .length(1),
  }),
  Actor.extend({
    type: z.literal('view_submission'),
    view: z.object({
      callback_id: z.string().max(255),
      private_metadata: z.string().max(3_000),
      state: z.object({
        values: z.record(
          z.string().max(255),
          z.record(z.string().max(255), z.object({ value: z.string().max(3_000).nullish() })),
        ),
      }),
    }),
  }),
  Actor.extend({ type: z.literal('view_closed') }),
]);

const Challenge = z.object({ type: z.literal('url_verification'), challenge: z.string().max(200) });

/**
 * Reads the body of a call whose signature was verified. Who clicked is the signed user object; nothing of the message
 * that was clicked is believed. @throws Problem malformed, invalid
 */
export function readInteraction(rawBody: Uint8Array, contentType: string): Interaction {
  const text = utf8(rawBody);
  if (/^application\/json\b/i.test(contentType)) {
    const { challenge } = parse(Challenge, json(text));
    return { kind: 'challenge', challenge };
  }
  const form = [...new URLSearchParams(text)];
  if (form.some(([name, value]) => name === 'ssl_check' && value === '1')) return { kind: 'nothing' };
  const [payload, ...more] = form;
  if (payload?.[0] !== 'payload' || more.length > 0)
    throw new Problem('malformed', 'malformed', 'The body is not one form field named payload.');
  return interactionOf(parse(Payload, json(payload[1])));
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed', 'malformed', 'The body is not valid UTF-8.');
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed', 'malformed', 'The body is not valid JSON.');
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues as never));
  const bad = unstorable(parsed.data);
  if (bad) throw invalid([bad]);
  return parsed.data;
}

function interactionOf(payload: z.infer<typeof Payload>): Interaction {
  switch (payload.type) {
    case 'view_closed':
      return { kind: 'nothing' };
    case 'block_actions': {
      const [action] = payload.actions;
      const asked = action?.action_id;
      if (asked !== APPROVE && asked !== DENY) return { kind: 'nothing' };
      const click = {
        ...buttonOf(action?.value ?? '', '/actions/0/value'),
        actor: actorOf(payload),
        channel: payload.channel?.id ?? null,
      };
      return asked === DENY
        ? { kind: 'ask-reason', click, triggerId: payload.trigger_id }
        : { kind: 'decide', click: { ...click, decision: 'approve', comment: null } };
    }
    case 'view_submission': {
      const { callback_id, private_metadata, state } = payload.view;
      if (callback_id !== REASON_MODAL) return { kind: 'nothing' };
      const reason = state.values[REASON]?.[REASON]?.value?.trim() ?? '';
      if (reason === '' || reason.length > MOST_REASON) return { kind: 'no-reason' };
      const [value = '', channel] = private_metadata.split(' ');
      return {
        kind: 'decide',
        click: {
          ...buttonOf(value, '/view/private_metadata'),
          decision: 'deny',
          comment: reason,
          actor: actorOf(payload),
          channel: Id.safeParse(channel).data ?? null,
        },
      };
    }
    default:
      return payload satisfies never;
  }
}

function buttonOf(value: string, pointer: string): { promptId: string; planDigest: string } {
  const button = readButtonValue(value);
  if (!button) throw invalid([{ pointer, message: 'is no value of our buttons' }]);
  return button;
}

function actorOf({ user, team, enterprise }: z.infer<typeof Actor>): SlackActor {
  const workspace = team?.id ?? user.team_id;
  if (workspace === undefined) throw invalid([{ pointer: '/team', message: 'is missing' }]);
  return {
    enterprise: enterprise?.id ?? '',
    team: workspace,
    user: user.id,
    home: user.team_id ?? null,
  };
}
