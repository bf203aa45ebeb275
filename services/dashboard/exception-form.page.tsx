/** @jsxImportSource hono/jsx */
import type { ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Input, type Option, Select, TextArea } from './parts/field.page.tsx';
import { ChangePreview, PlannedForm } from './parts/planned-form.page.tsx';
import { Empty } from './parts/table.page.tsx';

export type ExceptionValues = {
  control: string;
  resource: string;
  reason: string;
  expires: string;
  owner: string;
};
type Props = {
  frame: Frame;
  account: { accountId: string; name: string };
  idempotencyKey: string;
  values: ExceptionValues;
  errors: FieldErrors;
  /** Somebody is filling it in. */
  checking: boolean;
  /** Controls of the account that can be excepted, violated ones first. */
  controls: readonly Option[];
  plan: ControlExceptionPlan | undefined;
};

const NAMES = {
  control: 'Control',
  resource: 'Resource',
  reason: 'Why',
  expires: 'Until',
  owner: 'Who answers for it',
};

/** Asks that violations of a control may stand for a while. */
export function ExceptionPage(props: Props) {
  const { frame, account, values, errors, controls, plan } = props;
  const path = `/accounts/${account.accountId}`;
  return (
    <Page
      title={`Exception in ${account.name}`}
      frame={frame}
      crumb={['The account', path]}
      lead="Violations stay listed, and count apart, until the day that you name."
    >
      {controls.length === 0 ? (
        <Empty title="Nothing can be excepted here">
          Only detective controls that are not mandatory can be, and this account has none.
        </Empty>
      ) : (
        <PlannedForm
          frame={frame}
          path={`${path}/exception`}
          idempotencyKey={props.idempotencyKey}
          errors={errors}
          names={NAMES}
          checking={props.checking}
          preview={plan ? <Preview plan={plan} /> : undefined}
        >
          <fieldset>
            <legend>What may stand</legend>
            <Select
              name="control"
              label="Control"
              required
              any="Choose"
              value={values.control}
              errors={errors}
              options={controls}
            />
            <Input
              name="resource"
              label="Resource"
              value={values.resource}
              errors={errors}
              maxlength={1_024}
              hint="Its id, as the finding names it. Empty: whatever the control finds in the account."
            />
          </fieldset>
          <fieldset>
            <legend>Why, until when, by whom</legend>
            <TextArea
              name="reason"
              label="Why"
              required
              value={values.reason}
              errors={errors}
              maxlength={1_000}
              hint="Approvers read it first."
            />
            <div class="cols">
              <Input
                name="expires"
                label="Until"
                required
                type="date"
                value={values.expires}
                errors={errors}
                hint="The end of that day, UTC; at most a year away."
              />
              <Input
                name="owner"
                label="Who answers for it"
                type="email"
                value={values.owner}
                errors={errors}
                hint="Empty: the owner of the account."
              />
            </div>
          </fieldset>
        </PlannedForm>
      )}
    </Page>
  );
}

const Preview = ({ plan }: { plan: ControlExceptionPlan }) => (
  <ChangePreview summary={plan.summary} warnings={plan.warnings} approvals={plan.approvals}>
    {plan.covers.length === 0 ? (
      <p class="soft">It covers no violation of now.</p>
    ) : (
      <details>
        <summary>Violations that it covers ({plan.covered})</summary>
        <ul class="tight small">
          {plan.covers.map(({ resourceId, resourceType, region }) => (
            <li>
              <span class="mono">{resourceId}</span>, {resourceType}, {region}
            </li>
          ))}
        </ul>
      </details>
    )}
  </ChangePreview>
);
