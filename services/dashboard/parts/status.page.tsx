/** @jsxImportSource hono/jsx */
import { statusWord, toneOf } from '../words.ts';

/** A status as a mark, a word and a colour; the name that the API has for it on hovering. */
export const Status = ({ of }: { of: string }) => (
  <span class={`status ${toneOf(of)}`} title={of}>
    {statusWord(of)}
  </span>
);

export const Tag = ({ children }: { children: string }) => <span class="tag">{children}</span>;
