/** @jsxImportSource hono/jsx */
import { Page } from './layout.page.tsx';

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
          <a href={`/auth/start?next=${encodeURIComponent(next)}`}>Sign in with your organization</a>
        </p>
      </Page>
    );
  }
  return (
    <Page title="Sign in" script="/assets/sign-in.js" local>
      <p class="hint">This is the local mode: there are no passwords, and it answers on this machine only.</p>
      <form id="sign-in" data-next={next}>
        <label for="subject">Who you are</label>
        <input id="subject" name="subject" value="ops@example.com" required autocomplete="off" />
        <label for="teams">Teams, separated by commas</label>
        <input id="teams" name="teams" value="payments" autocomplete="off" />
        <label for="roles">Roles, separated by commas</label>
        <input id="roles" name="roles" value="operator,auditor,requester" autocomplete="off" />
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

export const SIGN_IN_SCRIPT = `
document.getElementById('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const list = (name) => String(form.get(name)).split(',').map((s) => s.trim()).filter(Boolean);
  const answer = await fetch('/dev/sessions', {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subject: form.get('subject'), teams: list('teams'), roles: list('roles') }),
  });
  // Read to its end first: leaving the page would cut the answer off.
  const problem = await answer.json();
  if (answer.ok) { location.href = event.target.dataset.next; return; }
  event.target.querySelector('[role=status]').textContent = problem.detail + ' ' + (problem.errors ?? []).map((e) => e.pointer + ' ' + e.message).join('; ');
});
`;
