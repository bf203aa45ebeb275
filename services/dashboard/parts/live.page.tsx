/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';

type Props = {
  /** The page itself, which is asked for again when there is news. */
  path: string;
  /** Where the news comes from; undefined when nothing more will be heard. */
  events: string | undefined;
  children: Child;
};

/** A part of a page that is brought up to date by server-sent events (assets/jetway.js). */
export const Live = ({ path, events, children }: Props) => (
  <div data-live={events}>
    <p class="sr" id="told" role="status" />
    <div id="live" hx-get={path} hx-trigger="jetway:news" hx-select="#live" hx-swap="outerMorph">
      {children}
    </div>
  </div>
);
