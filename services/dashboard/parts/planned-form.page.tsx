/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { PlannedApprovals } from '../../approvals/approvals.schema.ts';
import type { Frame } from '../layout.page.tsx';
import { approvalWords } from '../plan-preview.page.tsx';
import { sentence } from '../words.ts';
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
  /** Somebody is filling it in: the focus stays where it is. */
  checking: boolean;
  /** What it would come to; undefined as long as that is not known. */
  preview: Child | undefined;
  /** What will be seen there. */
  previews?: string;
  children: Child;
};

const PREVIEWS = 'What would be done, and who has to approve it, as soon as the fields are complete.';

/** A form whose plan is seen before it is sent: looked at while it is filled in, by itself where there is JavaScript. */
export const PlannedForm = ({ frame, path, idempotencyKey, preview, children, ...props }: Props) => (
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
    <ErrorSummary {...props} />
    <div class="two">
      <div>{children}</div>
      <div id="preview" aria-live="polite">
        {preview ?? (
          <div class="empty">
            <p class="title">The plan appears here</p>
            <p>{props.previews ?? PREVIEWS}</p>
          </div>
        )}
        <PlanButtons />
      </div>
    </div>
  </form>
);

const PlanButtons = () => (
  <div class="actions">
    <button type="submit" name="intent" value="preview">
      Show the plan
    </button>
    <button class="primary" type="submit" name="intent" value="submit">
      Send the request
    </button>
  </div>
);

/**
 * What is not complete, with a link to each field; what belongs to no field comes first. When the form comes back it has
 * the focus, so that it is read out, and the next Tab is its first link.
 */
export function ErrorSummary({ errors, names, checking }: Pick<Props, 'errors' | 'names' | 'checking'>) {
  if (errors.size === 0) return null;
  const general = errors.get('');
  const fields = [...errors].filter(([field]) => field !== '');
  return (
    <div class="note bad" id="errors" role="alert" tabindex={-1} autofocus={!checking}>
      <h2>{fields.length === 0 ? 'This cannot be asked for' : 'Not complete yet'}</h2>
      {general === undefined ? null : <p class="problem">{general}</p>}
      {fields.length === 0 ? null : (
        <ul class="tight">
          {fields.map(([field, message]) => (
            <li>
              <a href={`#${idOf(field)}`}>{names[field] ?? field}</a>: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
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
      <label>
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

export type OfferedControl = { id: string; title: string; guidance: string; behavior: string };

/** Controls that an account may have, what is recommended open to see. */
export const GuidedChecks = ({
  name,
  controls,
  chosen,
}: {
  name: string;
  controls: readonly OfferedControl[];
  chosen: readonly string[];
}) => (
  <>
    {(['strongly-recommended', 'elective'] as const).map((guidance) => {
      const offered = controls.filter((one) => one.guidance === guidance);
      const n = offered.filter(({ id }) => chosen.includes(id)).length;
      return (
        <details id={idOf(`group-${name}-${guidance}`)} open={n > 0 || guidance === 'strongly-recommended'}>
          <summary>
            {sentence(guidance)} ({n} of {offered.length})
          </summary>
          <Checks
            name={name}
            chosen={chosen}
            controls={offered.map(({ id, title, behavior }) => ({ id, title, note: behavior }))}
          />
        </details>
      );
    })}
  </>
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
