/** @jsxImportSource hono/jsx */
import type { NewestFact } from '../ledger/newest-facts.pg.ts';
import type { verifyFor } from '../ledger/verify-for.pg.ts';
import { type Frame, Page, Time } from './layout.page.tsx';
import { Select } from './parts/field.page.tsx';
import { Empty, Pager, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { count, sentence } from './words.ts';

type Props = {
  frame: Frame;
  facts: readonly NewestFact[];
  types: readonly string[];
  type: string | undefined;
  /** Place behind the last fact of this page. */
  next: number | undefined;
  first: boolean;
  /** What a walk came to, where one was asked for. */
  verified: Awaited<ReturnType<typeof verifyFor>> | undefined;
};

/** Facts as they were recorded, and whether anybody has touched them since. */
export function LedgerPage({ frame, facts, types, type, next, first, verified }: Props) {
  return (
    <Page
      title="Ledger"
      frame={frame}
      lead="Every fact, newest first. None is ever changed or taken away."
      aside={
        <form method="get" action="/ledger">
          <input type="hidden" name="verify" value="1" />
          <button class="primary" type="submit">
            Verify the chain
          </button>
        </form>
      }
    >
      {verified ? <Verified verified={verified} /> : null}
      <form class="filters" method="get" action="/ledger">
        <Select
          name="type"
          label="Type"
          any="Any"
          value={type}
          options={types.map((value) => ({ value, label: sentence(value) }))}
        />
        <button type="submit">Filter</button>
        {type ? <a href="/ledger">Clear</a> : null}
      </form>
      {facts.length === 0 ? (
        <Empty title="No facts here">
          {type ? 'Nothing of this type was recorded.' : 'The first request writes the first one.'}
        </Empty>
      ) : (
        <Table
          stack
          caption="Facts, newest first"
          columns={['Fact', 'Place', 'About', 'Said by', 'Happened', 'Hash']}
        >
          {facts.map((fact) => (
            <tr>
              <th scope="row">{sentence(fact.type)}</th>
              <td class="mono" data-head="Place">
                {fact.lane}·{fact.seq}
              </td>
              <td data-head="About">
                {fact.accountId ? (
                  <a class="id" href={`/accounts/${fact.accountId}`}>
                    {fact.accountId}
                  </a>
                ) : fact.requestId ? (
                  <a class="mono" href={`/requests/${fact.requestId}`}>
                    …{fact.requestId.slice(-12)}
                  </a>
                ) : null}
              </td>
              <td data-head="Said by">
                {fact.actor && !fact.actor.startsWith('arn:') ? fact.actor : fact.source}
              </td>
              <td data-head="Happened">
                <Time at={fact.occurredAt} />
              </td>
              <td class="mono" data-head="Hash" title={fact.hash}>
                {fact.hash.slice(7, 19)}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager
        first={first ? undefined : address('/ledger', { type })}
        next={next === undefined ? undefined : address('/ledger', { type, before: next })}
      />
    </Page>
  );
}

function Verified({ verified }: { verified: NonNullable<Props['verified']> }) {
  const { ok, facts, head, brokenAt, checkpoints } = verified;
  return (
    <div class={ok ? 'note good' : 'note bad'} role="status">
      <h2>{ok ? 'The ledger is whole' : 'The ledger was changed'}</h2>
      <p>
        {count(facts, 'fact')} in five chains, through {count(checkpoints.held, 'signed checkpoint')}
        {checkpoints.newest ? (
          <>
            , the newest of <Time at={checkpoints.newest} />
          </>
        ) : null}
        .{brokenAt === undefined ? null : ` The first that does not hold is at place ${brokenAt}.`}
        {checkpoints.refused === 0
          ? null
          : ` ${count(checkpoints.refused, 'checkpoint')} bear no signature of ours.`}
      </p>
      <p class="mono small">{head}</p>
    </div>
  );
}
