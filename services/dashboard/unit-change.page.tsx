/** @jsxImportSource hono/jsx */
import type { UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import { type Frame, Page } from './layout.page.tsx';
import { type FieldErrors, idOf, TextArea } from './parts/field.page.tsx';
import {
  ChangePreview,
  Checks,
  GroupError,
  type OfferedControl,
  PlannedForm,
} from './parts/planned-form.page.tsx';
import { count, sentence } from './words.ts';

export type UnitChangeValues = { enable: readonly string[]; disable: readonly string[]; reason: string };
type Props = {
  frame: Frame;
  unit: { id: string; path: string };
  idempotencyKey: string;
  values: UnitChangeValues;
  errors: FieldErrors;
  /** Somebody is filling it in. */
  checking: boolean;
  /** Controls that are on, and those that are not; without those that nobody can change. */
  on: readonly OfferedControl[];
  off: readonly OfferedControl[];
  plan: UnitChangePlan | undefined;
};

const NAMES = { enable: 'Enable', disable: 'Disable', reason: 'Why' };

/** Asks that a unit enforces more, or less; every account in it is affected. */
export function UnitChangePage(props: Props) {
  const { frame, unit, values, errors, on, off, plan } = props;
  return (
    <Page
      title={`Controls of ${unit.path}`}
      frame={frame}
      crumb={['Guardrails', '/guardrails']}
      lead="Every account in the unit is affected. Mandatory controls stay."
    >
      <PlannedForm
        frame={frame}
        path={`/units/${encodeURIComponent(unit.id)}/change`}
        idempotencyKey={props.idempotencyKey}
        errors={errors}
        names={NAMES}
        checking={props.checking}
        preview={plan ? <Preview plan={plan} /> : undefined}
      >
        <fieldset>
          <legend>Disable</legend>
          <GroupError errors={errors} name="disable" />
          {on.length === 0 ? (
            <p class="soft">Nothing is enabled on the unit that could be disabled.</p>
          ) : (
            <Checks
              name="disable"
              controls={on.map(({ behavior: note, ...one }) => ({ ...one, note }))}
              chosen={values.disable}
            />
          )}
        </fieldset>
        <fieldset>
          <legend>Enable</legend>
          <GroupError errors={errors} name="enable" />
          {grouped(off).map(([words, controls], i) => {
            const chosen = controls.filter(({ id }) => values.enable.includes(id)).length;
            return (
              <details id={idOf(`group-${words}`)} open={chosen > 0 || i === 0}>
                <summary>
                  {words} ({chosen} of {controls.length})
                </summary>
                <Checks name="enable" controls={controls} chosen={values.enable} />
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

/** By guidance and behaviour, what is recommended first. */
function grouped(controls: readonly OfferedControl[]): [string, OfferedControl[]][] {
  const groups = new Map<string, OfferedControl[]>();
  for (const one of controls) {
    const words = `${sentence(one.guidance)}, ${one.behavior}`;
    groups.set(words, [...(groups.get(words) ?? []), one]);
  }
  return [...groups].sort(([a], [b]) => (a > b ? -1 : 1));
}

const MOST = 50;

function Preview({ plan }: { plan: UnitChangePlan }) {
  const { accounts } = plan;
  const summary = [
    ...plan.enable.map(({ title }) => `Enable: ${title}.`),
    ...plan.disable.map(({ title }) => `Disable: ${title}.`),
    ...plan.inherited.map(({ control }) => `${control} is enforced by a unit above already.`),
    `${count(accounts.length, 'account')} ${accounts.length === 1 ? 'is' : 'are'} affected.`,
  ];
  return (
    <ChangePreview summary={summary} warnings={plan.warnings} approvals={plan.approvals}>
      {accounts.length === 0 ? null : (
        <details>
          <summary>Accounts ({accounts.length.toLocaleString('en-US')})</summary>
          <ul class="tight small">
            {accounts.slice(0, MOST).map(({ accountId, name }) => (
              <li>
                {name} <span class="id">{accountId}</span>
              </li>
            ))}
            {accounts.length > MOST ? <li class="soft">and {accounts.length - MOST} more</li> : null}
          </ul>
        </details>
      )}
    </ChangePreview>
  );
}
