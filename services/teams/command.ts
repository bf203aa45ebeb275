/** What a person wrote to the bot. */
export type TeamsCommand = {
  decision: 'approve' | 'deny';
  requestId: string;
  /** At least the first twelve hex digits of the plan's digest. */
  digest: string;
  comment?: string | undefined;
};

const ENTITIES: Record<string, string> = {
  '&nbsp;': ' ',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

const COMMAND = /^(approve|deny) (req-[0-9a-z-]{1,76}) (?:sha256:)?([0-9a-f]{12,64})(?: (.{1,1000}))?$/;

/**
 * Reads "<at>Jetway</at> approve <request> <digest> [reason]". Teams wraps the words in HTML: the mention that led here and
 * paragraphs fall away, entities are decoded once. Anything that is not exactly one command is none: nobody's words are
 * guessed at.
 */
export function readCommand(text: string): TeamsCommand | undefined {
  const words = text
    .replace(/<\/?(?:p|div|span)>|<br ?\/?>/g, ' ')
    .replace(/^\s*<at(?: id="\d+")?>[^<>]*<\/at>/, ' ')
    .replace(/&(?:nbsp|lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/\s+/g, ' ')
    .trim();
  const [, decision, requestId = '', digest = '', comment] = COMMAND.exec(words) ?? [];
  if (decision !== 'approve' && decision !== 'deny') return undefined;
  return { decision, requestId, digest, ...(comment === undefined ? {} : { comment }) };
}

export const HELP =
  'Write: approve <request> <first 12 digits of the plan digest>, or: deny <request> <digest> <reason>. The message that asks for the approval says both.';
