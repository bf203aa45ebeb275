/** @jsxImportSource hono/jsx */
import type { AccountChangePlan, AccountChangePreview } from '../account-changes/account-change.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Select, TextArea } from './parts/field.page.tsx';
import { ChangePreview, Checks, GroupError, PlannedForm } from './parts/planned-form.page.tsx';
import type { OfferedControl } from './request-form.page.tsx';
import { sentence } from './words.ts';

export type ChangeValues = { blueprint: string; guardrail: readonly string[]; reason: string };
export type PlannedChange = { plan: AccountChangePlan; preview: AccountChangePreview };
type Props = {
  frame: Frame;
  account: { accountId: string; name: string };
  idempotencyKey: string;
  values: ChangeValues;
  errors: FieldErrors;
  blueprints: readonly { name: string; title: string; version: string }[];
  /** The one that it has, with the version. */
  has: string;
  controls: readonly OfferedControl[];
  planned: PlannedChange | undefined;
};

const NAMES = { blueprint: 'Blueprint', guardrail: 'Guardrails', reason: 'Why' };

/** Asks for another blueprint, its newest version, or other guardrails. */
export function AccountChangePage(props: Props) {
  const { frame, account, values, errors, blueprints, controls, planned } = props;
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
        names={NAMES}
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
        </fieldset>
        <fieldset>
          <legend>Guardrails of the account</legend>
          <p class="hint">Those of its unit stay whatever is chosen here.</p>
          <GroupError errors={errors} name="guardrail" />
          {(['strongly-recommended', 'elective'] as const).map((guidance) => {
            const offered = controls.filter((one) => one.guidance === guidance);
            const chosen = offered.filter(({ id }) => values.guardrail.includes(id)).length;
            return (
              <details open={chosen > 0 || guidance === 'strongly-recommended'}>
                <summary>
                  {sentence(guidance)} ({chosen} of {offered.length})
                </summary>
                <Checks
                  name="guardrail"
                  chosen={values.guardrail}
                  controls={offered.map(({ id, title, behavior }) => ({ id, title, note: behavior }))}
                />
              </details>
            );
          })}
        </fieldset>
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
