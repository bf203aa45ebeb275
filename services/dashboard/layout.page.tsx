/** @jsxImportSource hono/jsx */
import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Principal } from '../access/principal.ts';
import { assetUrl } from './assets.node.ts';
import { placesFor } from './places.ts';

/** What every page of somebody who is signed in needs besides its own. */
export type Frame = {
  who: Principal;
  /** The token in the forms of the session. */
  csrf: string;
  /** Local mode, which has a chat room of its own. */
  local: boolean;
  /** The path of this page: its place is marked. */
  path: string;
};

type PageProps = {
  title: string;
  /** Absent where nobody is signed in. */
  frame?: Frame | undefined;
  script?: string;
  /** Local mode; said by the frame where there is one. */
  local?: boolean;
  /** What leads here: `[label, path]`. */
  crumb?: readonly [string, string] | undefined;
  /** Under the title. */
  lead?: Child;
  /** Beside the title. */
  aside?: Child;
  children?: Child;
};

/** htmx adds its own style sheet unless it is told not to; nothing of it is inline. */
const HTMX = JSON.stringify({ includeIndicatorCSS: false, history: 'reload', transitions: false });

/** The frame of every page: files of our own only, nothing inline, so that the content policy can be strict. */
export function Page(props: PageProps) {
  const { title, frame, script, crumb, lead, aside, children } = props;
  return (
    <>
      {html`<!doctype html>`}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{title} · Jetway</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={assetUrl('jetway.css')} />
          {frame ? (
            <>
              <meta name="htmx-config" content={HTMX} />
              <script src={assetUrl('htmx.js')} defer />
              <script src={assetUrl('jetway.js')} defer />
            </>
          ) : null}
          {script ? <script src={script} defer /> : null}
        </head>
        <body data-offline={frame ? assetUrl('offline.js') : undefined}>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          <div class={frame ? 'frame' : 'plain'}>
            <Bar frame={frame} local={props.local ?? frame?.local ?? false} />
            <main id="main" tabindex={-1}>
              <div class="head">
                <div>
                  {crumb ? (
                    <p class="crumb">
                      <a href={crumb[1]}>{crumb[0]}</a>
                    </p>
                  ) : null}
                  <h1>{title}</h1>
                  {lead ? <p class="lead">{lead}</p> : null}
                </div>
                {aside ?? null}
              </div>
              {children}
            </main>
          </div>
          {frame ? (
            <>
              <div class="progress" aria-hidden="true" />
              <p class="offline" id="offline" role="status" hidden />
            </>
          ) : null}
        </body>
      </html>
    </>
  );
}

function Bar({ frame, local }: { frame: Frame | undefined; local: boolean }) {
  return (
    <header class="bar">
      <a class="brand" href="/">
        Jetway
      </a>
      {frame ? <Places frame={frame} /> : null}
      {!frame && local ? (
        <nav aria-label="Main">
          <a href="/dev/chat">Chat</a>
        </nav>
      ) : null}
      {frame ? (
        <form class="who" method="post" action="/sign-out">
          <input type="hidden" name="csrf" value={frame.csrf} />
          <b>{frame.who.subject}</b>
          <span class="roles">{frame.who.roles.join(', ') || 'no role'}</span>
          <button class="quiet" type="submit">
            Sign out
          </button>
        </form>
      ) : null}
    </header>
  );
}

function Places({ frame }: { frame: Frame }) {
  const { main, apart } = placesFor(frame.who, frame.local);
  const here = [...main, ...apart]
    .filter(({ path }) => frame.path === path || (path !== '/' && frame.path.startsWith(`${path}/`)))
    .at(-1);
  const link = (place: { title: string; path: string }, first: boolean) => (
    <li class={first ? 'apart' : undefined}>
      <a href={place.path} aria-current={place.path === here?.path ? 'page' : undefined}>
        {place.title}
      </a>
    </li>
  );
  return (
    <nav aria-label="Main">
      <ul>
        {main.map((place) => link(place, false))}
        {apart.map((place, i) => link(place, i === 0))}
      </ul>
    </nav>
  );
}

/** The same for what is not there and for what one may not see. */
export const NotFoundPage = () => (
  <Page title="Not found">
    <p>There is nothing at this address, or you may not see it.</p>
    <p>
      <a href="/">To the overview</a>
    </p>
  </Page>
);

/** Its day alone, where there is little room. */
export const Day = ({ at }: { at: string }) => (
  <time datetime={at} title={at}>
    {at.slice(0, 10)}
  </time>
);

/** A moment to the minute, as people read it; the whole of it for machines and on hovering. */
export const Time = ({ at }: { at: string }) => (
  <time datetime={at} title={at}>
    {at.slice(0, 16).replace('T', ' ')} UTC
  </time>
);
