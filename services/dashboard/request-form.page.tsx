/** @jsxImportSource hono/jsx */
import type { AccountPlan } from '../planning/plan.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Input, type Option, Select, TextArea } from './parts/field.page.tsx';
import { GroupError, GuidedChecks, type OfferedControl, PlannedForm } from './parts/planned-form.page.tsx';
import { PlanPreview } from './plan-preview.page.tsx';
import { ACCESS_ROWS, type FormValues } from './request-form.ts';
import { sentence } from './words.ts';

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
  /** Somebody is filling it in. */
  checking: boolean;
  offered: Offered;
  plan: AccountPlan | undefined;
};

/** Asks for an account: the fields, what they would come to, and the request itself. */
export function RequestFormPage(props: FormProps) {
  const { frame, errors, checking, plan, idempotencyKey } = props;
  return (
    <Page
      title="Ask for an account"
      frame={frame}
      crumb={['Requests', '/requests']}
      lead="See the plan first: nothing is written until you send the request."
    >
      <PlannedForm
        frame={frame}
        path="/requests/new"
        idempotencyKey={idempotencyKey}
        errors={errors}
        names={NAMES}
        checking={checking}
        preview={plan ? <PlanPreview plan={plan} /> : undefined}
        previews="Network, guardrails, cost, time and who has to approve, as soon as the fields are complete."
      >
        <AccountFields {...props} />
        <BlueprintFields {...props} />
        <GuardrailFields {...props} />
        <AccessFields {...props} />
      </PlannedForm>
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
  return (
    <fieldset>
      <legend>Guardrails</legend>
      <p class="hint">
        Mandatory ones always apply. These are added on this account; parameters have the landing zone’s
        values.
      </p>
      <GroupError errors={errors} name="guardrail" />
      <GuidedChecks name="guardrail" controls={offered.controls} chosen={values.guardrail} />
    </fieldset>
  );
}

function AccessFields({ values, errors }: FormProps) {
  const error = errors.get('access');
  return (
    <fieldset>
      <legend>Access, tags, end</legend>
      {error === undefined ? null : (
        <p class="problem" id="f-access-error">
          {error}
        </p>
      )}
      {Array.from({ length: ACCESS_ROWS }, (_, i) => (
        <div class="cols">
          <div class="field">
            <label for={i === 0 ? 'f-access' : `f-access-${i}`}>Group {i + 1}</label>
            <input
              id={i === 0 ? 'f-access' : `f-access-${i}`}
              name="group"
              value={values.groups[i] ?? ''}
              aria-describedby={error === undefined ? undefined : 'f-access-error'}
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
