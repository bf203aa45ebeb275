/** @jsxImportSource hono/jsx */
import { Page } from './layout.page.tsx';
import { type FieldErrors, Input } from './parts/field.page.tsx';

type Props = {
  local: boolean;
  /** A path of ours, where one goes from here. */
  next: string;
  problem?: string;
  /** Local mode: what was sent, and what is wrong with it. */
  sent?: Readonly<Record<'subject' | 'teams' | 'roles', string>>;
  errors?: FieldErrors;
};

/** Local mode: choose who you are. Otherwise the identity provider says. */
const SUGGESTED = { subject: 'ops@example.com', teams: 'payments', roles: 'operator,auditor,requester' };

export function SignInPage({ local, next, problem, sent = SUGGESTED, errors = new Map() }: Props) {
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
    <Page title="Sign in" local>
      <p class="hint">This is the local mode: there are no passwords, and it answers on this machine only.</p>
      <form method="post" action="/dev/sign-in">
        <input type="hidden" name="next" value={next} />
        <Input name="subject" label="Who you are" value={sent.subject} errors={errors} required />
        <Input name="teams" label="Teams, separated by commas" value={sent.teams} errors={errors} />
        <Input
          name="roles"
          label="Roles, separated by commas"
          value={sent.roles}
          errors={errors}
          hint="requester, approver, operator, auditor, admin"
        />
        <p>
          <button class="primary" type="submit">
            Sign in
          </button>
        </p>
      </form>
    </Page>
  );
}
