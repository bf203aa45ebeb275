/** @jsxImportSource hono/jsx */
import type { AccountChangePlan, AccountChangePreview } from '../account-changes/account-change.schema.ts';
import type { OfferedComponent, OfferedParameter, ParameterValues } from './blueprint-fields.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Input, idOf, Select, TextArea } from './parts/field.page.tsx';
import {
  ChangePreview,
  Checks,
  GroupError,
  GuidedChecks,
  type OfferedControl,
  PlannedForm,
} from './parts/planned-form.page.tsx';
import { sentence } from './words.ts';

export type ChangeValues = {
  blueprint: string;
  parameters: ParameterValues;
  guardrail: readonly string[];
  mirror: readonly string[];
  reason: string;
};
export type PlannedChange = { plan: AccountChangePlan; preview: AccountChangePreview };
type Props = {
  frame: Frame;
  account: { accountId: string; name: string };
  idempotencyKey: string;
  values: ChangeValues;
  errors: FieldErrors;
  /** Somebody is filling it in. */
  checking: boolean;
  blueprints: readonly { name: string; title: string; version: string }[];
  /** The one that it has, with the version. */
  has: string;
  /** What can be set of the blueprint that is chosen. */
  components: readonly OfferedComponent[];
  controls: readonly OfferedControl[];
  /** Empty where there is no hub that copies could be sent to. */
  mirrorProfiles: readonly { id: string; title: string; note: string }[];
  planned: PlannedChange | undefined;
};

const nameOf = ({ name }: { name: string }): string =>
  sentence(name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()).replace(/\busd\b/, 'USD');

const NAMES = { blueprint: 'Blueprint', guardrail: 'Guardrails', mirror: 'Traffic Mirroring', reason: 'Why' };

/** Asks for another blueprint, its newest version, other values of it, other guardrails or other mirror profiles. */
export function AccountChangePage(props: Props) {
  const { frame, account, values, errors, blueprints, components, controls, planned } = props;
  return (
    <Page
      title={`Change ${account.name}`}
      frame={frame}
      crumb={['The account', `/accounts/${account.accountId}`]}
      lead="See the plan first: nothing is written until you send the request, and somebody has to approve it."
    >
      <PlannedForm
        frame={frame}
        path={`/accounts/${account.accountId}/change`}
        idempotencyKey={props.idempotencyKey}
        errors={errors}
        names={{ ...NAMES, ...namesOf(components) }}
        checking={props.checking}
        preview={planned ? <Preview {...planned} /> : undefined}
      >
        <fieldset>
          <legend>Blueprint</legend>
          <Select
            name="blueprint"
            label="Which one"
            value={values.blueprint}
            errors={errors}
            options={blueprints.map(({ name, title, version }) => ({
              value: name,
              label: `${title} ${version}`,
            }))}
            hint={`It has ${props.has}. The same one is brought to its newest version.`}
          />
          {components.map((component) => (
            <ComponentFields component={component} values={values.parameters} errors={errors} />
          ))}
        </fieldset>
        <fieldset>
          <legend>Guardrails of the account</legend>
          <p class="hint">Those of its unit stay whatever is chosen here.</p>
          <GroupError errors={errors} name="guardrail" />
          <GuidedChecks name="guardrail" controls={controls} chosen={values.guardrail} />
        </fieldset>
        {props.mirrorProfiles.length === 0 ? null : (
          <fieldset>
            <legend>Traffic Mirroring</legend>
            <p class="hint">What is copied to the security hub; the lowest session number is asked first.</p>
            <GroupError errors={errors} name="mirror" />
            <Checks name="mirror" controls={props.mirrorProfiles} chosen={values.mirror} />
          </fieldset>
        )}
        <TextArea
          name="reason"
          label="Why"
          required
          value={values.reason}
          errors={errors}
          maxlength={1_000}
          hint="Approvers read it first."
        />
      </PlannedForm>
    </Page>
  );
}

const namesOf = (components: readonly OfferedComponent[]): Record<string, string> =>
  Object.fromEntries(
    components.flatMap(({ title, parameters }) =>
      parameters.map((one) => [one.field, `${title}: ${nameOf(one)}`]),
    ),
  );

type Fields = { component: OfferedComponent; values: ParameterValues; errors: FieldErrors };

/** What one component takes; open where something is said, or wrong. */
function ComponentFields({ component: { name, title, parameters }, values, errors }: Fields) {
  const said = parameters.filter(({ field }) => values[field] !== '').length;
  const wrong = parameters.some(({ field }) => errors.has(field));
  return (
    <details id={idOf(`group-${name}`)} open={said > 0 || wrong}>
      <summary>
        {title} ({said === 0 ? 'as the blueprint says' : `${said} of ${parameters.length} set`})
      </summary>
      <div class="cols">
        {parameters.map((one) => (
          <ParameterField parameter={one} value={values[one.field] ?? ''} errors={errors} />
        ))}
      </div>
    </details>
  );
}

function ParameterField({
  parameter,
  value,
  errors,
}: {
  parameter: OfferedParameter;
  value: string;
  errors: FieldErrors;
}) {
  const { field, type, description, default: otherwise, enum: words } = parameter;
  const silent =
    otherwise === undefined ? 'Not set' : `As the blueprint says: ${boolWord(String(otherwise))}`;
  const common = { name: field, label: nameOf(parameter), value, errors, hint: description };
  const options = type === 'boolean' ? ['true', 'false'] : words;
  return options === undefined ? (
    <Input {...common} inputmode={type === 'string' ? undefined : 'decimal'} placeholder={silent} />
  ) : (
    <Select
      {...common}
      any={silent}
      options={options.map((one) => ({ value: one, label: sentence(boolWord(one)) }))}
    />
  );
}

const boolWord = (word: string): string => (word === 'true' ? 'yes' : word === 'false' ? 'no' : word);

const Preview = ({ plan, preview }: PlannedChange) => {
  const touched = preview.components.filter(({ action }) => action !== 'unchanged');
  return (
    <ChangePreview summary={preview.summary} warnings={preview.warnings} approvals={plan.approvals}>
      {touched.length === 0 ? null : (
        <details>
          <summary>Components ({touched.length})</summary>
          <ul class="tight small">
            {touched.map(({ name, region, action, changes }) => (
              <li>
                {name}, {region}: {action}
                {changes.length === 0 ? '' : ` (${changes.join('; ')})`}
              </li>
            ))}
          </ul>
        </details>
      )}
    </ChangePreview>
  );
};
