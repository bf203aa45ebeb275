/** @jsxImportSource hono/jsx */
import { Page } from './layout.page.tsx';

type Props = { status: number; title: string; detail: string; code: string };

const HELP: Readonly<Record<number, string>> = {
  401: 'Your session is over, or there was none.',
  403: 'Somebody with the role that is named can open it, or give you the role.',
  404: 'It may never have been there, or you may not see it: both look the same.',
  429: 'Wait a moment, then open it again.',
  503: 'Nothing was lost. Open it again in a moment.',
};

/** What a person sees in place of a page that cannot be shown. */
export const ErrorPage = ({ status, title, detail, code }: Props) => (
  <Page title={title}>
    <div class={status >= 500 ? 'note bad' : 'note warn'}>
      <p>{detail}</p>
      {HELP[status] ? <p class="soft">{HELP[status]}</p> : null}
    </div>
    <p class="actions">
      <a class="button" href="/">
        To the overview
      </a>
      {status === 401 ? (
        <a class="button primary" href="/sign-in">
          Sign in
        </a>
      ) : null}
    </p>
    <p class="hint small">
      {status}, <a href={`/docs/problems#${code}`}>{code}</a>
    </p>
  </Page>
);
