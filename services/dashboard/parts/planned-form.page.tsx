/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { PlannedApprovals } from '../../approvals/approvals.schema.ts';
import type { Frame } from '../layout.page.tsx';
import { approvalWords } from '../plan-preview.page.tsx';
import { type FieldErrors, idOf } from './field.page.tsx';

type Props = {
  frame: Frame;
  /** Where the form goes, and where its page is. */
  path: string;
  /** Makes a form that is sent twice one request. */
  idempotencyKey: string;
  errors: FieldErrors;
  /** What fields are called, by their names. */
  names: Readonly<Record<string, string>>;
  /** What it would come to; undefined as long as that is not known. */
  preview: Child | undefined;
  children: Child;
};

/** A form whose plan is seen before it is sent: looked at while it is filled in, by itself where there is JavaScript. */
export const PlannedForm = ({ frame, path, idempotencyKey, errors, names, preview, children }: Props) => (
  <form
    id="planned-form"
    method="post"
    action={path}
    novalidate
    hx-post={path}
    hx-trigger="change delay:250ms"
    hx-vals='{"intent":"check"}'
    hx-target="#planned-form"
    hx-select="#planned-form"
    hx-swap="outerMorph"
  >
    <input type="hidden" name="csrf" value={frame.csrf} />
    <input type="hidden" name="key" value={idempotencyKey} />
    <ErrorSummary errors={errors} names={names} />
    <div class="two">
      <div>{children}</div>
      <div id="preview" aria-live="polite">
        {preview ?? (
          <div class="empty">
            <p class="title">The plan appears here</p>
            <p>What would be done, and who has to approve it, as soon as the fields are complete.</p>
          </div>
        )}
        <PlanButtons />
      </div>
    </div>
  </form>
);

export const PlanButtons = () => (
  <div class="actions">
    <button type="submit" name="intent" value="preview">
      Show the plan
    </button>
    <button class="primary" type="submit" name="intent" value="submit">
      Send the request
    </button>
  </div>
);

/** What is not complete, with a link to each field; what belongs to no field comes first. */
export function ErrorSummary({ errors, names }: Pick<Props, 'errors' | 'names'>) {
  if (errors.size === 0) return null;
  const general = errors.get('');
  return (
    <>
      {general === undefined ? null : (
        <p class="problem" role="alert">
          {general}
        </p>
      )}
      {errors.size === (general === undefined ? 0 : 1) ? null : (
        <div class="note bad" id="errors" role="alert">
          <h2>Not complete yet</h2>
          <ul class="tight">
            {[...errors].map(([field, message]) =>
              field === '' ? null : (
                <li>
                  <a href={`#${idOf(field)}`}>{names[field] ?? field}</a>: {message}
                </li>
              ),
            )}
          </ul>
        </div>
      )}
    </>
  );
}

type Told = {
  summary: readonly string[];
  warnings: readonly string[];
  approvals: PlannedApprovals;
  children?: Child;
};

/** What a change would come to: in sentences, as the approver will read it. */
export const ChangePreview = ({ summary, warnings, approvals, children }: Told) => (
  <section class="panel" id="plan">
    <h2>The plan</h2>
    {warnings.length === 0 ? null : (
      <div class="note warn">
        <ul class="tight">
          {warnings.map((warning) => (
            <li>{warning}</li>
          ))}
        </ul>
      </div>
    )}
    <ul class="tight">
      {summary.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
    <dl class="facts">
      <dt>Approval</dt>
      <dd>{approvalWords(approvals)}</dd>
    </dl>
    {children ?? null}
  </section>
);

type Checked = { id: string; title: string; note?: string };

/** Boxes of one name, those that are chosen open to see. */
export const Checks = ({
  name,
  controls,
  chosen,
}: {
  name: string;
  controls: readonly Checked[];
  chosen: readonly string[];
}) => (
  <div class="checks">
    {controls.map(({ id, title, note }) => (
      <label for={idOf(`${name}-${id}`)}>
        <input
          id={idOf(`${name}-${id}`)}
          type="checkbox"
          name={name}
          value={id}
          checked={chosen.includes(id)}
        />
        <span>
          {title} {note ? <span class="soft small">{note}</span> : null}
        </span>
      </label>
    ))}
  </div>
);

/** The error of a field that is no single control. */
export const GroupError = ({ errors, name }: { errors: FieldErrors; name: string }) => {
  const error = errors.get(name);
  return (
    <p class={error === undefined ? 'sr' : 'problem'} id={idOf(name)} tabindex={-1}>
      {error ?? ''}
    </p>
  );
};
