/** @jsxImportSource hono/jsx */
import type { ApprovalMessage } from '../chat/approval-message.ts';
import type { Fact } from '../ledger/fact.ts';
import { isTerminal, REQUEST_STATUSES, type RequestState } from '../ledger/request-view.ts';
import { FactList } from './account-parts.page.tsx';
import { type Frame, Page, Time } from './layout.page.tsx';
import { CourseFigure } from './parts/drawings.page.tsx';
import { AskedMessage, DecisionForms } from './parts/message.page.tsx';
import { Status } from './parts/status.page.tsx';
import { etaWords, waitsFor } from './request-words.ts';
import { kindWord } from './words.ts';

export type RequestPageProps = {
  frame: Frame;
  request: {
    id: string;
    kind: string;
    team: string;
    requestedBy: string;
    createdAt: string;
    planDigest: string;
  };
  title: string;
  state: RequestState;
  queuePosition: number | null;
  p50Seconds: number | null;
  /** What approvers read. */
  message: ApprovalMessage;
  facts: readonly Fact[];
  may: { decide: boolean; cancel: boolean; giveUp: boolean; resume: boolean };
  /** Why an act was refused. */
  problem: string | undefined;
  nowMs: number;
};

/** Statuses after which nothing more is heard. */
const ENDS = REQUEST_STATUSES.filter(isTerminal).join(' ');

/** Where a request stands, what was approved, what happened, and what can be done now. */
export function RequestPage(props: RequestPageProps) {
  const { frame, request, title, state, message, facts, problem } = props;
  const path = `/requests/${encodeURIComponent(request.id)}`;
  const done = isTerminal(state.status) || state.steps.every(({ status }) => status === 'succeeded');
  const live = done
    ? {}
    : {
        'data-live': `${path}/events`,
        'data-seen': `${state.status}${state.updatedAt || request.createdAt}`,
        'data-ends': ENDS,
      };
  const newestFirst = [...facts].reverse().map((fact) => ({ ...fact, actor: fact.actor ?? null }));
  return (
    <Page title={title} frame={frame} crumb={['Requests', '/requests']}>
      <div {...live}>
        <p class="sr" id="told" role="status" />
        <div id="live" hx-get={path} hx-trigger="jetway:news" hx-select="#live" hx-swap="outerMorph">
          {problem ? (
            <p class="problem" role="alert">
              {problem}
            </p>
          ) : null}
          <Standing {...props} />
          <Failure {...props} />
          <section class="panel">
            <h2>Steps</h2>
            <CourseFigure steps={state.steps} />
          </section>
          <Acts {...props} path={path} />
          <section>
            <h2>What was asked, as approvers read it</h2>
            <AskedMessage message={message} heading={false} />
            <p>
              <a href={`${path}/plan`}>The whole plan, as it was frozen</a>
            </p>
          </section>
          <section>
            <h2>Timeline</h2>
            <FactList facts={newestFirst} />
          </section>
        </div>
      </div>
    </Page>
  );
}

function Standing({ request, state, queuePosition, p50Seconds, nowMs }: RequestPageProps) {
  const waits = waitsFor({ state, queuePosition });
  const eta = etaWords({ state, p50Seconds }, nowMs);
  return (
    <section class="panel">
      <h2 class="sr">Where it stands</h2>
      <dl class="facts">
        <dt>Status</dt>
        <dd>
          <Status of={state.status} />
        </dd>
        {waits && state.status !== 'QUARANTINED' ? (
          <>
            <dt>Waits for</dt>
            <dd>{waits}</dd>
          </>
        ) : null}
        {eta ? (
          <>
            <dt>Done</dt>
            <dd>{eta}</dd>
          </>
        ) : null}
        {state.accountId ? (
          <>
            <dt>Account</dt>
            <dd>
              <a class="id" href={`/accounts/${state.accountId}`}>
                {state.accountId}
              </a>
            </dd>
          </>
        ) : null}
        <dt>Kind</dt>
        <dd>{kindWord(request.kind)}</dd>
        <dt>Team</dt>
        <dd>{request.team === '*' ? 'The whole organization' : request.team}</dd>
        <dt>Asked</dt>
        <dd>
          {request.requestedBy}, <Time at={request.createdAt} />
        </dd>
        <dt>Request</dt>
        <dd class="mono">{request.id}</dd>
      </dl>
    </section>
  );
}

function Failure({ state }: RequestPageProps) {
  const { failure, status } = state;
  if (!failure) return null;
  return (
    <div
      class={status === 'QUARANTINED' || status === 'REJECTED' || status === 'DENIED' ? 'note bad' : 'note'}
    >
      <h2>{failure.title}</h2>
      <p>{failure.detail}</p>
      <p>
        <strong>Next:</strong> {failure.nextAction}
      </p>
    </div>
  );
}

function Acts({ frame, request, may, path }: RequestPageProps & { path: string }) {
  if (!Object.values(may).some(Boolean)) return null;
  const button = (act: 'cancel' | 'resume', words: string, tone: string) => (
    <form method="post" action={`${path}/${act}`} data-once>
      <input type="hidden" name="csrf" value={frame.csrf} />
      <button class={tone} type="submit">
        {words}
      </button>
    </form>
  );
  return (
    <section>
      <h2>What you can do</h2>
      {may.decide ? (
        <DecisionForms
          action={`/approvals/${encodeURIComponent(request.id)}`}
          planDigest={request.planDigest}
          csrf={frame.csrf}
        />
      ) : null}
      <div class="actions">
        {may.resume ? button('resume', 'Resume at the step that failed', 'primary') : null}
        {may.giveUp ? button('cancel', 'Give the change up', 'danger') : null}
        {may.cancel ? button('cancel', 'Cancel the request', 'danger') : null}
      </div>
    </section>
  );
}
