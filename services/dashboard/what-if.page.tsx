/** @jsxImportSource hono/jsx */
import type { WhatIfItem } from '../guardrails/what-if.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, Input, Select } from './parts/field.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Table } from './parts/table.page.tsx';
import { type Units, unitOptions } from './units.ts';

export type WhatIfValues = {
  controls?: string;
  ou?: string;
  accountId?: string;
  actions?: string;
  resource?: string;
  principal?: string;
  region?: string;
};
type Props = {
  frame: Frame;
  units: Units;
  values: WhatIfValues;
  errors: FieldErrors;
  /** Ids to choose from. */
  controls: readonly { id: string; title: string }[];
  answers: readonly { action: string; item: WhatIfItem }[] | undefined;
};

/** What guardrails would deny. It changes nothing, so its address can be sent to somebody. */
export function WhatIfPage({ frame, units, values, errors, controls, answers }: Props) {
  return (
    <Page
      title="What would they deny?"
      frame={frame}
      crumb={['Guardrails', '/guardrails']}
      lead="Name guardrails, a unit or an account, and calls to try. Nothing is changed."
    >
      <form method="get" action="/guardrails/what-if" novalidate>
        <fieldset>
          <legend>What binds</legend>
          <div class="cols">
            <Input
              name="controls"
              label="Guardrails"
              value={values.controls}
              errors={errors}
              list="controls"
              hint="Ids, separated by commas."
            />
            <Select
              name="ou"
              label="Unit"
              any="None"
              value={values.ou}
              errors={errors}
              options={unitOptions(units)}
            />
            <Input name="accountId" label="Account id" value={values.accountId} errors={errors} />
          </div>
          <datalist id="controls">
            {controls.map(({ id, title }) => (
              <option value={id}>{title}</option>
            ))}
          </datalist>
        </fieldset>
        <fieldset>
          <legend>What is tried</legend>
          <div class="cols">
            <Input
              name="actions"
              label="Actions"
              required
              value={values.actions}
              errors={errors}
              placeholder="s3:DeleteBucket"
              hint="Separated by commas."
            />
            <Input name="resource" label="Resource" value={values.resource} errors={errors} placeholder="*" />
          </div>
          <div class="cols">
            <Input
              name="principal"
              label="Principal"
              value={values.principal}
              errors={errors}
              hint="The ARN of who calls."
            />
            <Input
              name="region"
              label="Region"
              value={values.region}
              errors={errors}
              placeholder="eu-west-1"
            />
          </div>
        </fieldset>
        <button class="primary" type="submit">
          Try it
        </button>
      </form>
      <div id="answers">
        {errors.get('') ? (
          <p class="problem" role="alert">
            {errors.get('')}
          </p>
        ) : null}
        {answers ? <Answers answers={answers} /> : null}
      </div>
    </Page>
  );
}

function Answers({ answers }: { answers: NonNullable<Props['answers']> }) {
  return (
    <section>
      <h2 class="later">Answers</h2>
      <Table stack caption="What would happen to each call" columns={['Action', 'Answer', 'By', 'Why']}>
        {answers.map(({ action, item }) => (
          <tr>
            <th scope="row" class="mono">
              {action}
            </th>
            <td data-head="Answer">
              <Status of={item.decision} />
            </td>
            <td data-head="By">
              {item.by.map(({ control, sid, policyName }) => (
                <span class="hint">
                  {control ? (
                    <a href={`/guardrails/${control}`}>{control}</a>
                  ) : (
                    (policyName ?? 'a policy of no control')
                  )}{' '}
                  ({sid})
                </span>
              ))}
            </td>
            <td data-head="Why">{item.why ?? ''}</td>
          </tr>
        ))}
      </Table>
      <p class="hint small">
        “Not denied” means not denied by these policies; the caller’s own permissions decide then.
      </p>
    </section>
  );
}
