import type { ApprovalMessage } from '../chat/approval-message.ts';
import { plain } from '../chat/message.ts';

/**
 * Adaptive Card 1.5. Every word is in a TextRun, which knows no markup: TextBlock and FactSet read a part of markdown, and
 * what people write must not become links or headings.
 */
type Run = { type: 'TextRun'; text: string; weight?: 'Bolder'; size?: 'Medium'; color?: 'Warning' };
type Line = { type: 'RichTextBlock'; inlines: Run[]; spacing?: 'None' | 'Medium'; separator?: true };
export type Card = {
  type: 'AdaptiveCard';
  $schema: string;
  version: '1.5';
  fallbackText: string;
  body: Line[];
  actions: { type: 'Action.OpenUrl'; title: string; url: string }[];
};

/** Teams takes 28 KB; what does not fit is on the page. */
const MOST_LINES = 60;
const MOST_CHARACTERS = 300;

/** Dates and times in double braces are the one thing that a client replaces within a text. */
export const words = (text: string): string => {
  const safe = plain(text).replaceAll('{{', '{ {');
  return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS - 1)}…` : safe;
};

const run = (text: string, more: Partial<Run> = {}): Run => ({ type: 'TextRun', text: words(text), ...more });
const line = (inlines: Run[], more: Partial<Line> = {}): Line => ({
  type: 'RichTextBlock',
  inlines,
  spacing: 'None',
  ...more,
});
const heading = (text: string): Line => line([run(text, { weight: 'Bolder' })], { spacing: 'Medium' });

/** The plan in a person's words, and the way to the page where a signed-in person decides. */
export function approvalCard(message: ApprovalMessage, pageUrl: string): Card {
  const body = [
    line([run(message.title, { weight: 'Bolder', size: 'Medium' })]),
    ...(message.settled === null ? [] : [line([run(message.settled)])]),
    ...(message.progress === null ? [] : [line([run(message.progress)])]),
    ...(message.unusual.length === 0
      ? []
      : [heading('Unusual'), ...message.unusual.map((text) => line([run(text, { color: 'Warning' })]))]),
    ...(message.why === null ? [] : [heading('Why'), line([run(message.why)])]),
    ...message.fields.map(({ label, value }, i) =>
      line(
        [run(`${label}: `, { weight: 'Bolder' }), run(value)].map((r, at) =>
          // `plain` trims, and the label needs its space.
          at === 0 ? { ...r, text: `${r.text} ` } : r,
        ),
        i === 0 ? { spacing: 'Medium', separator: true } : {},
      ),
    ),
    ...message.sections.flatMap((section) => [
      heading(section.title),
      ...section.lines.map((text) => line([run(text)])),
    ]),
  ];
  const shown =
    body.length <= MOST_LINES
      ? body
      : [
          ...body.slice(0, MOST_LINES),
          line([run(`And ${body.length - MOST_LINES} more lines: open the page before you decide.`)]),
        ];
  // A list of several requests has no plan of its own.
  const digits = message.planDigest.replace('sha256:', '').slice(0, 12);
  const how =
    digits === ''
      ? `${message.notice ? 'More' : 'Decide'} on the page.`
      : `Decide on the page, or write: approve ${message.requestId} ${digits}`;
  return card(
    message.title,
    [...shown, line([run(how)], { spacing: 'Medium', separator: true })],
    pageUrl,
    message.notice ? 'Open the page' : 'Look and decide',
  );
}

/** One line that follows a message: Teams workflows cannot edit what they have posted. */
export const noteCard = (text: string, pageUrl: string): Card =>
  card(text, [line([run(text)])], pageUrl, 'Open the request');

const card = (fallback: string, body: Line[], url: string, title: string): Card => ({
  type: 'AdaptiveCard',
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
  version: '1.5',
  fallbackText: words(fallback),
  body,
  actions: [{ type: 'Action.OpenUrl', title, url }],
});

/** What a workflow "When a Teams webhook request is received" takes. */
export const workflowMessage = (content: Card): string =>
  JSON.stringify({
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  });
