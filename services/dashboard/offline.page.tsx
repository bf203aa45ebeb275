/** @jsxImportSource hono/jsx */
import { Page } from './layout.page.tsx';

/** Whatever was to be opened. */
const HERE = '';

/** What a person sees in place of any page while the service cannot be reached; kept by assets/offline.js. */
export const OfflinePage = () => (
  <Page title="No connection">
    <div class="note warn">
      <p>Jetway cannot be reached. What runs goes on without this page: nothing is lost.</p>
      <p class="soft">
        If you were sending something, look whether it has arrived before you send it again. A form that is
        sent twice is taken once.
      </p>
    </div>
    <p class="actions">
      <a class="button primary" href={HERE}>
        Try again
      </a>
      <a class="button" href="/requests">
        To the requests
      </a>
    </p>
  </Page>
);
