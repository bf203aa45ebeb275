/** @jsxImportSource hono/jsx */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { Page } from '../dashboard/layout.page.tsx';
import type { AppEnv } from './env.ts';
import { PROBLEM_CODES } from './problem-codes.ts';

const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const START = `window.addEventListener('load', () => SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null }));`;

/** What our line above the reference needs; the dashboard's own style sheet would change the reference as well. */
const FRAME = `body { margin: 0; } .frame { margin: 0; padding: .75rem 1.5rem; font: 16px/1.5 system-ui, sans-serif; border-bottom: 1px solid #d5dbe1; } .frame a { color: #0b57a4; }`;

/** The reference, served by us: nothing is loaded from anywhere else. */
export function docsRoutes() {
  const app = new Hono<AppEnv>();
  app.get('/docs', (c) =>
    c.html(
      <>
        {html`<!doctype html>`}
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>API reference · Jetway</title>
            <link rel="icon" href="data:," />
            <link rel="stylesheet" href="/docs/swagger-ui.css" />
            <link rel="stylesheet" href="/docs/frame.css" />
            <script src="/docs/swagger-ui-bundle.js" defer />
            <script src="/docs/start.js" defer />
          </head>
          <body>
            <main>
              <p class="frame">
                <a href="/">Jetway</a> · <a href="/openapi.json">openapi.json</a> ·{' '}
                <a href="/docs/problems">problem codes</a>
              </p>
              <div id="reference" />
            </main>
          </body>
        </html>
      </>,
    ),
  );
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/docs/frame.css', (c) => c.body(FRAME, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/docs/problems', (c) =>
    c.html(
      <Page title="Problem codes">
        {Object.entries(PROBLEM_CODES).map(([code, text]) => (
          <section id={code}>
            <h2>{code}</h2>
            <p>{text}</p>
          </section>
        ))}
      </Page>,
    ),
  );
  app.get('/docs/:asset{swagger-ui\\.css|swagger-ui-bundle\\.js}', async (c) => {
    const asset = c.req.param('asset');
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    const content = await readFile(join(folder, asset));
    return c.body(new Uint8Array(content), 200, {
      'content-type': ASSETS[asset] ?? 'text/plain',
      'cache-control': 'max-age=86400',
    });
  });
  return app;
}
