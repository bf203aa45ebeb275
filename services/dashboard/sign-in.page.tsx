/** @jsxImportSource hono/jsx */
import { assetUrl } from './assets.node.ts';
import { Page } from './layout.page.tsx';
import { Input } from './parts/field.page.tsx';

type Props = {
  local: boolean;
  /** A path of ours, where one goes from here. */
  next: string;
  problem?: string;
};

/** Local mode: choose who you are. Otherwise the identity provider says. */
export function SignInPage({ local, next, problem }: Props) {
  if (!local) {
    return (
      <Page title="Sign in">
        {problem ? (
          <p class="problem" role="alert">
            {problem}
          </p>
        ) : null}
        <p>
          <a class="button primary" href={`/auth/start?next=${encodeURIComponent(next)}`}>
            Sign in with your organization
          </a>
        </p>
      </Page>
    );
  }
  return (
    <Page title="Sign in" script={assetUrl('sign-in.js')} local>
      <p class="hint">This is the local mode: there are no passwords, and it answers on this machine only.</p>
      <form id="sign-in" data-next={next}>
        <Input name="subject" label="Who you are" value="ops@example.com" required />
        <Input name="teams" label="Teams, separated by commas" value="payments" />
        <Input
          name="roles"
          label="Roles, separated by commas"
          value="operator,auditor,requester"
          hint="requester, approver, operator, auditor, admin"
        />
        <p>
          <button class="primary" type="submit">
            Sign in
          </button>
        </p>
        <p role="status" />
      </form>
    </Page>
  );
}
