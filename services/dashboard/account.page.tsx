/** @jsxImportSource hono/jsx */
import { mayActFor, mayChangeUnit } from '../access/principal.ts';
import type { accountComplianceAsOf } from '../ledger/account-as-of.pg.ts';
import type { Dossier } from '../ledger/dossier.pg.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { Mirroring } from './account-mirroring.page.tsx';
import { AccountCompliance, AccountFacts, AccountRequests, Exceptions } from './account-parts.page.tsx';
import { type Frame, Page, Time } from './layout.page.tsx';
import { NetworkFigure } from './parts/drawings.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Empty, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { type Units, unitName } from './units.ts';
import { sentence } from './words.ts';

export type AccountPageProps = {
  frame: Frame;
  units: Units;
  dossier: Dossier;
  /** The plan that it follows; undefined for an account that was not vended here. */
  plan: Omit<AccountPlan, 'digest'> | undefined;
  compliance: Awaited<ReturnType<typeof accountComplianceAsOf>>;
  /** What the date picker says; undefined: now. */
  asOf: string | undefined;
  /** What was wrong with it. */
  problem: string | undefined;
  nowMs: number;
};

/** Who, why, when; network, access, guardrails; how it stood at any instant; what happened. Printed, it is the dossier. */
export function AccountPage(props: AccountPageProps) {
  const { frame, dossier, plan } = props;
  const { account } = dossier;
  return (
    <Page
      title={account.name}
      frame={frame}
      crumb={['Accounts', '/accounts']}
      lead={
        <>
          <span class="id">{account.accountId}</span> <Status of={account.status} />{' '}
          {account.compliance ? <Status of={account.compliance} /> : null}
        </>
      }
      aside={
        <div class="actions noprint">
          <Asks {...props} />
          <button type="button" data-print hidden>
            Print the dossier
          </button>
          <a
            class="button"
            href={address(`/accounts/${account.accountId}/compliance.csv`, { asOf: props.asOf })}
          >
            Export CSV
          </a>
        </div>
      }
    >
      {account.status === 'QUARANTINED' ? (
        <div class="note bad">
          <h2>This account is fenced</h2>
          <p>
            It exists, and nobody can use it until its vend is repaired and resumed.{' '}
            {account.requestId ? (
              <a href={`/requests/${account.requestId}`}>What stopped, and what to do next</a>
            ) : null}
          </p>
        </div>
      ) : null}
      <div class="two">
        <div>
          <AccountCompliance {...props} />
          <Exceptions {...props} />
          <Mirroring mirroring={dossier.mirroring} />
        </div>
        <div>
          <WhoAndWhy {...props} />
          <AccountRequests requests={dossier.requests} />
          {plan ? (
            <Planned plan={plan} />
          ) : (
            <Empty title="Not vended here">
              There is no plan that this account follows, so its network and access are not known.
            </Empty>
          )}
        </div>
      </div>
      <AccountFacts facts={dossier.facts} accountId={account.accountId} />
    </Page>
  );
}

/** What the person may ask for here. */
function Asks({ frame, dossier, plan }: AccountPageProps) {
  const { accountId, team, unit, status } = dossier.account;
  const mayAct = mayActFor(frame.who, team ?? '');
  return (
    <>
      {mayAct && plan && status === 'ACTIVE' ? (
        <a class="button primary" href={`/accounts/${accountId}/change`}>
          Change the account
        </a>
      ) : null}
      {mayAct && dossier.account.compliance !== null ? (
        <a class="button" href={`/accounts/${accountId}/exception`}>
          Ask for an exception
        </a>
      ) : null}
      {mayChangeUnit(frame.who) && unit !== null ? (
        <a class="button" href={`/units/${unit}/change`}>
          Controls of the unit
        </a>
      ) : null}
    </>
  );
}

type Asked = {
  owner?: { email?: string; firstName?: string; lastName?: string };
  justification?: string;
  expiresAt?: string;
};

function WhoAndWhy({ dossier, units, plan }: AccountPageProps) {
  const { account, asked, approvals } = dossier;
  const { owner, justification, expiresAt } = (asked?.body ?? {}) as Asked;
  return (
    <section class="panel">
      <h2>Who, why, when</h2>
      <dl class="facts">
        <dt>Team</dt>
        <dd>{account.team ?? <span class="soft">none</span>}</dd>
        {owner ? (
          <>
            <dt>Owner</dt>
            <dd>
              {owner.firstName} {owner.lastName}, {owner.email}
            </dd>
          </>
        ) : null}
        {justification ? (
          <>
            <dt>Why</dt>
            <dd>{justification}</dd>
          </>
        ) : null}
        {asked ? (
          <>
            <dt>Asked</dt>
            <dd>
              {asked.requestedBy}, <Time at={new Date(asked.createdAt).toISOString()} />
            </dd>
          </>
        ) : null}
        {approvals.map(({ actor, at, decision, comment }) => (
          <>
            <dt>{decision === 'deny' ? 'Denied' : 'Approved'}</dt>
            <dd>
              {actor ?? 'by policy'}, <Time at={new Date(at).toISOString()} />
              {comment ? <span class="hint"> “{comment}”</span> : null}
            </dd>
          </>
        ))}
        <dt>Made</dt>
        <dd>
          <Time at={new Date(account.createdAt).toISOString()} />
        </dd>
        {expiresAt ? (
          <>
            <dt>Wanted until</dt>
            <dd>
              <Time at={expiresAt} />
            </dd>
          </>
        ) : null}
        <dt>Origin</dt>
        <dd>{sentence(account.origin)}</dd>
        <dt>Unit</dt>
        <dd>{unitName(units, account.unit)}</dd>
        <dt>Root e-mail</dt>
        <dd>{account.email}</dd>
        <dt>Blueprint</dt>
        <dd>{blueprintWords(account.blueprint, plan)}</dd>
      </dl>
    </section>
  );
}

function blueprintWords(
  blueprint: { name: string; version?: string } | null,
  plan: AccountPageProps['plan'],
) {
  if (!blueprint) return <span class="soft">not known</span>;
  const components = new Set(plan?.components.map(({ name }) => name)).size;
  const version = blueprint.version ? ` ${blueprint.version}` : '';
  return `${blueprint.name}${version}${components > 0 ? `, ${components} components` : ''}`;
}

function Planned({ plan }: { plan: NonNullable<AccountPageProps['plan']> }) {
  const components = [...new Map(plan.components.map((one) => [`${one.name}@${one.version}`, one])).values()];
  const regions = (name: string) => [
    ...new Set(plan.components.filter((one) => one.name === name).map((one) => one.region)),
  ];
  return (
    <>
      <section class="panel">
        <h2>Network</h2>
        {plan.network ? <NetworkFigure {...plan.network} /> : <p class="soft">No VPC.</p>}
      </section>
      <section class="panel">
        <h2>Access</h2>
        {plan.access.length === 0 ? (
          <p class="soft">Nobody is assigned by Jetway.</p>
        ) : (
          <Table caption="Who may sign in, and as what" columns={['Group', 'Permission set']}>
            {plan.access.map(({ principal, permissionSet }) => (
              <tr>
                <th scope="row">{principal}</th>
                <td>{permissionSet}</td>
              </tr>
            ))}
          </Table>
        )}
      </section>
      <section class="panel">
        <h2>Components</h2>
        <Table
          caption="What the blueprint put into the account"
          columns={['Component', 'Version', 'Regions']}
        >
          {components.map(({ name, version, mode }) => (
            <tr>
              <th scope="row">
                {name}
                {mode === 'verify' ? <span class="hint">verified, made by Control Tower</span> : null}
              </th>
              <td>{version}</td>
              <td>
                {regions(name).map((region) => (
                  <>
                    <span class="nowrap">{region}</span>{' '}
                  </>
                ))}
              </td>
            </tr>
          ))}
        </Table>
      </section>
      {Object.keys(plan.tags).length === 0 ? null : (
        <section class="panel">
          <h2>Tags</h2>
          <dl class="facts">
            {Object.entries(plan.tags).map(([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
