/** @jsxImportSource hono/jsx */
import type { ExceptionAnswer } from '../exceptions/exception.schema.ts';
import { type Frame, Page, Time } from './layout.page.tsx';
import { ControlId } from './parts/control-id.page.tsx';
import { type FieldErrors, TextArea } from './parts/field.page.tsx';
import { ErrorSummary } from './parts/planned-form.page.tsx';
import { Status } from './parts/status.page.tsx';

type Props = {
  frame: Frame;
  exception: ExceptionAnswer;
  reason: string;
  errors: FieldErrors;
};

/** Asks once more before an exception ends: nobody else has to agree, and it does not come back. */
export function ExceptionEndPage({ frame, exception, reason, errors }: Props) {
  const { accountId, accountName, requestId, control, resource, state, owner } = exception;
  const account = `/accounts/${accountId}`;
  return (
    <Page
      title="End an exception"
      frame={frame}
      crumb={[accountName, account]}
      lead={`What it covers counts as a violation of ${accountName} again, at once.`}
    >
      <ErrorSummary errors={errors} names={{ reason: 'Why' }} checking={false} />
      <section class="panel">
        <h2>The exception</h2>
        <dl class="facts">
          <dt>Control</dt>
          <dd class="mono">
            <ControlId id={control} />
          </dd>
          <dt>Covers</dt>
          <dd>
            {resource ? <span class="mono">{resource}</span> : 'whatever the control finds in the account'}
          </dd>
          <dt>State</dt>
          <dd>
            <Status of={state} />
          </dd>
          <dt>Until</dt>
          <dd>
            <Time at={exception.expiresAt} />
          </dd>
          <dt>Owner</dt>
          <dd>{owner}</dd>
          <dt>Why</dt>
          <dd>{exception.reason}</dd>
          <dt>Request</dt>
          <dd>
            <a class="mono" href={`/requests/${requestId}`}>
              {requestId}
            </a>
          </dd>
          <Ended {...exception} />
        </dl>
      </section>
      {state === 'ACTIVE' ? (
        <form method="post" action={`${account}/exceptions/${encodeURIComponent(requestId)}/end`} novalidate>
          <input type="hidden" name="csrf" value={frame.csrf} />
          <TextArea
            name="reason"
            label="Why does it end now"
            required
            value={reason}
            errors={errors}
            maxlength={1_000}
            hint="It is kept with the exception and in the ledger."
          />
          <div class="actions">
            <button class="danger" type="submit">
              End the exception
            </button>
            <a class="button" href={account}>
              Keep it
            </a>
          </div>
        </form>
      ) : (
        <p>
          There is nothing to end. <a href={account}>To the account</a>
        </p>
      )}
    </Page>
  );
}

const Ended = ({ endedAt, endedBy, endReason }: ExceptionAnswer) =>
  endedAt === undefined ? null : (
    <>
      <dt>Ended</dt>
      <dd>
        <Time at={endedAt} />
        {endedBy ? `, by ${endedBy}` : ''}
        {endReason ? `: ${endReason}` : ''}
      </dd>
    </>
  );
