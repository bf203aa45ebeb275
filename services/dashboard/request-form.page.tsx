/** @jsxImportSource hono/jsx */
import type { AccountPlan } from '../planning/plan.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Input, idOf, type Option, Select, TextArea } from './parts/field.page.tsx';
import { PlanButtons } from './parts/planned-form.page.tsx';
import { PlanPreview } from './plan-preview.page.tsx';
import { ACCESS_ROWS, type FormValues } from './request-form.ts';
import { sentence } from './words.ts';

export type OfferedControl = { id: string; title: string; guidance: string; behavior: string };
export type Offered = {
  units: readonly Option[];
  teams: readonly string[];
  blueprints: readonly { name: string; title: string; description: string }[];
  controls: readonly OfferedControl[];
};
export type FormProps = {
  frame: Frame;
  /** Makes a form that is sent twice one request. */
  idempotencyKey: string;
  values: FormValues;
  errors: FieldErrors;
  offered: Offered;
  plan: AccountPlan | undefined;
};

/** Asks for an account: the fields, what they would come to, and the request itself. */
export function RequestFormPage(props: FormProps) {
  const { frame, errors, plan, idempotencyKey } = props;
  const general = errors.get('');
  return (
    <Page
      title="Ask for an account"
      frame={frame}
      crumb={['Requests', '/requests']}
      lead="See the plan first: nothing is written until you send the request."
    >
      <form
        id="request-form"
        method="post"
        action="/requests/new"
        novalidate
        hx-post="/requests/new"
        hx-trigger="change delay:250ms"
        hx-vals='{"intent":"check"}'
        hx-target="#request-form"
        hx-select="#request-form"
        hx-swap="outerMorph"
      >
        <input type="hidden" name="csrf" value={frame.csrf} />
        <input type="hidden" name="key" value={idempotencyKey} />
        {errors.size === 0 ? null : <ErrorSummary errors={errors} />}
        {general ? (
          <p class="problem" role="alert">
            {general}
          </p>
        ) : null}
        <div class="two">
          <div>
            <AccountFields {...props} />
            <BlueprintFields {...props} />
            <GuardrailFields {...props} />
            <AccessFields {...props} />
          </div>
          <div id="preview" aria-live="polite">
            {plan ? (
              <PlanPreview plan={plan} />
            ) : (
              <div class="empty">
                <p class="title">The plan appears here</p>
                <p>
                  Network, guardrails, cost, time and who has to approve, as soon as the fields are complete.
                </p>
              </div>
            )}
            <PlanButtons />
          </div>
        </div>
      </form>
    </Page>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  name: 'Account name',
  email: 'Root e-mail',
  ou: 'Organizational unit',
  team: 'Team',
  ownerEmail: 'Owner’s e-mail',
  ownerFirstName: 'Owner’s first name',
  ownerLastName: 'Owner’s last name',
  justification: 'Why',
  blueprint: 'Blueprint',
  vpcSize: 'VPC size',
  vpcZones: 'Zones',
  guardrail: 'Guardrails',
  access: 'Access',
  tags: 'Tags',
  expires: 'Wanted until',
};

const ErrorSummary = ({ errors }: { errors: FieldErrors }) => (
  <div class="note bad" id="errors" role="alert">
    <h2>Not complete yet</h2>
    <ul class="tight">
      {[...errors].map(([field, message]) =>
        field === '' ? null : (
          <li>
            <a href={`#${idOf(field)}`}>{NAMES[field] ?? field}</a>: {message}
          </li>
        ),
      )}
    </ul>
  </div>
);

function AccountFields({ values, errors, offered }: FormProps) {
  return (
    <>
      <fieldset>
        <legend>The account</legend>
        <div class="cols">
          <Input
            name="name"
            label="Account name"
            required
            value={values.name}
            errors={errors}
            maxlength={50}
            hint="As AWS will call it."
          />
          <Input
            name="email"
            label="Root e-mail"
            required
            type="email"
            value={values.email}
            errors={errors}
            maxlength={64}
            hint="Of this account alone."
          />
        </div>
        <div class="cols">
          <Select
            name="ou"
            label="Organizational unit"
            required
            any="Choose"
            value={values.ou}
            errors={errors}
            options={offered.units}
          />
          <Select
            name="team"
            label="Team"
            required
            value={values.team}
            errors={errors}
            options={offered.teams.map((value) => ({ value, label: value }))}
          />
        </div>
        <TextArea
          name="justification"
          label="Why"
          required
          value={values.justification}
          errors={errors}
          maxlength={1_000}
          hint="Approvers read it first."
        />
      </fieldset>
      <fieldset>
        <legend>Owner</legend>
        <div class="cols">
          <Input
            name="ownerFirstName"
            label="First name"
            required
            value={values.ownerFirstName}
            errors={errors}
            maxlength={64}
          />
          <Input
            name="ownerLastName"
            label="Last name"
            required
            value={values.ownerLastName}
            errors={errors}
            maxlength={64}
          />
          <Input
            name="ownerEmail"
            label="E-mail"
            required
            type="email"
            value={values.ownerEmail}
            errors={errors}
          />
        </div>
      </fieldset>
    </>
  );
}

const BLANK = 'As the blueprint says';
const SIZES = ['small', 'medium', 'large'];

function BlueprintFields({ values, errors, offered }: FormProps) {
  const chosen = offered.blueprints.find(({ name }) => name === values.blueprint);
  return (
    <fieldset>
      <legend>Blueprint</legend>
      <div class="cols">
        <Select
          name="blueprint"
          label="Blueprint"
          value={values.blueprint}
          errors={errors}
          options={offered.blueprints.map(({ name, title }) => ({ value: name, label: title }))}
          {...(chosen ? { hint: chosen.description } : {})}
        />
        <Select
          name="vpcSize"
          label="VPC size"
          any={BLANK}
          value={values.vpcSize}
          errors={errors}
          options={SIZES.map((value) => ({ value, label: sentence(value) }))}
        />
        <Select
          name="vpcZones"
          label="Zones"
          any={BLANK}
          value={values.vpcZones}
          errors={errors}
          options={['1', '2', '3'].map((value) => ({ value, label: value }))}
        />
      </div>
    </fieldset>
  );
}

function GuardrailFields({ values, errors, offered }: FormProps) {
  const error = errors.get('guardrail');
  const groups = ['strongly-recommended', 'elective'] as const;
  return (
    <fieldset aria-describedby={error === undefined ? undefined : 'f-guardrail-error'}>
      <legend>Guardrails</legend>
      <p class="hint" id="f-guardrail">
        Mandatory ones always apply. These are added on this account; parameters have the landing zone’s
        values.
      </p>
      {error === undefined ? null : (
        <p class="problem" id="f-guardrail-error">
          {error}
        </p>
      )}
      {groups.map((guidance) => {
        const controls = offered.controls.filter((one) => one.guidance === guidance);
        const chosen = controls.filter(({ id }) => values.guardrail.includes(id)).length;
        return (
          <details open={chosen > 0 || guidance === 'strongly-recommended'}>
            <summary>
              {sentence(guidance)} ({chosen} of {controls.length})
            </summary>
            <div class="checks">
              {controls.map(({ id, title, behavior }) => (
                <label for={idOf(`guardrail-${id}`)}>
                  <input
                    id={idOf(`guardrail-${id}`)}
                    type="checkbox"
                    name="guardrail"
                    value={id}
                    checked={values.guardrail.includes(id)}
                  />
                  <span>
                    {title} <span class="soft small">{behavior}</span>
                  </span>
                </label>
              ))}
            </div>
          </details>
        );
      })}
    </fieldset>
  );
}

function AccessFields({ values, errors }: FormProps) {
  const error = errors.get('access');
  return (
    <fieldset>
      <legend>Access, tags, end</legend>
      {error === undefined ? null : <p class="problem">{error}</p>}
      {Array.from({ length: ACCESS_ROWS }, (_, i) => (
        <div class="cols">
          <div class="field">
            <label for={i === 0 ? 'f-access' : `f-access-${i}`}>Group {i + 1}</label>
            <input
              id={i === 0 ? 'f-access' : `f-access-${i}`}
              name="group"
              value={values.groups[i] ?? ''}
              maxlength={128}
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for={`f-set-${i}`}>Permission set {i + 1}</label>
            <input
              id={`f-set-${i}`}
              name="set"
              value={values.sets[i] ?? ''}
              maxlength={32}
              autocomplete="off"
            />
          </div>
        </div>
      ))}
      <TextArea
        name="tags"
        label="Tags"
        value={values.tags}
        errors={errors}
        rows={2}
        placeholder="cost-center=4711"
        hint="One on each line, key=value."
      />
      <Input
        name="expires"
        label="Wanted until"
        type="date"
        value={values.expires}
        errors={errors}
        hint="May stay empty."
      />
    </fieldset>
  );
}
