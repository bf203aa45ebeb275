/** @jsxImportSource hono/jsx */
import { html } from 'hono/html';
import type { Child } from 'hono/jsx';

type PageProps = {
  title: string;
  script?: string;
  /** Local mode, which has a chat room of its own. */
  local?: boolean;
  children: Child;
};

/** The frame of every page: one style sheet, no inline script or style, so that the content policy can be strict. */
export function Page({ title, script, local = false, children }: PageProps) {
  return (
    <>
      {html`<!doctype html>`}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{title} · Jetway</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/assets/jetway.css" />
          {script ? <script src={script} defer /> : null}
        </head>
        <body>
          <header class="bar">
            <a class="brand" href="/">
              Jetway
            </a>
            <nav aria-label="Main">
              <a href="/">Accounts</a>
              {local ? <a href="/dev/chat">Chat</a> : null}
              <a href="/docs">API</a>
            </nav>
          </header>
          <main>
            <h1>{title}</h1>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

/** The same for what is not there and for what one may not see. */
export const NotFoundPage = () => (
  <Page title="Not found">
    <p>There is nothing at this address, or you may not see it.</p>
  </Page>
);

/** A moment to the minute, as people read it; the whole of it for machines and on hovering. */
export const Time = ({ at }: { at: string }) => (
  <time datetime={at} title={at}>
    {at.slice(0, 16).replace('T', ' ')} UTC
  </time>
);

export const STYLE = `
:root { color-scheme: light; --ink: #16202b; --soft: #55606c; --line: #d5dbe1; --paper: #f6f8fa; --accent: #0b57a4; --good: #17662f; --bad: #a31621; --warn: #7a4b00; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
.bar { display: flex; gap: 2rem; align-items: baseline; padding: .75rem 1.5rem; background: #fff; border-bottom: 1px solid var(--line); }
.bar nav { display: flex; gap: 1rem; }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
a { color: var(--accent); }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.hint { color: var(--soft); }
article { background: #fff; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
article time { color: var(--soft); font-size: .85rem; }
pre { font: .95rem/1.5 inherit; font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
button { font: inherit; padding: .45rem 1.1rem; border: 1px solid var(--line); border-radius: .35rem; background: #fff; cursor: pointer; }
button.approve, button.primary { background: var(--accent); border-color: var(--accent); color: #fff; }
button:disabled { opacity: .55; cursor: default; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
.actions > form { flex: 1 1 18rem; }
.problem { color: var(--bad); font-weight: 600; }
form.inline { display: inline; }
.block-header { font-size: 1.1rem; margin: .75rem 0; overflow-wrap: anywhere; }
.block-label { font-size: .9rem; margin: 1rem 0 .25rem; }
.block-words { margin: .25rem 0 .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.block-fields { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: .35rem 1rem; margin: .75rem 0; }
.block-fields dt { font-weight: 600; }
.block-fields dd { margin: 0; overflow-wrap: anywhere; }
.block-context { font-size: .85rem; margin: .75rem 0 0; }
article hr { border: 0; border-top: 1px solid var(--line); margin: 1rem 0; }
.thread { list-style: none; margin: .75rem 0 0; padding: 0 0 0 1rem; border-left: 3px solid var(--line); color: var(--soft); }
dialog { border: 1px solid var(--line); border-radius: .5rem; padding: 1.25rem; width: min(32rem, 92vw); color: var(--ink); }
dialog::backdrop { background: rgb(22 32 43 / .45); }
dialog h2 { margin: 0 0 .5rem; }
textarea { font: inherit; display: block; width: 100%; margin: .35rem 0 1rem; padding: .4rem .6rem; border: 1px solid var(--soft); border-radius: .35rem; }
a.button { padding: .45rem 1.1rem; border: 1px solid var(--line); border-radius: .35rem; text-decoration: none; color: var(--ink); background: #fff; }
button.danger { border-color: var(--bad); color: var(--bad); }
table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--line); }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
time, .id, [class^=status-] { white-space: nowrap; }
.scroll { overflow-x: auto; }
td .hint { margin: .25rem 0 0; min-width: 16rem; overflow-wrap: anywhere; }
th { font-size: .85rem; color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.figures li { background: #fff; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
.figures b { display: block; font-size: 1.8rem; }
.status-ACTIVE { color: var(--good); } .status-QUARANTINED, .status-REJECTED { color: var(--bad); } .status-AWAITING_APPROVAL { color: var(--warn); }
label { display: block; margin: .75rem 0 .25rem; }
input { font: inherit; padding: .4rem .6rem; border: 1px solid var(--soft); border-radius: .35rem; width: 100%; max-width: 26rem; }
`;
