import type { OrganizationAccount } from '../../infra/local/organization-tree.ts';
import { checkProjections } from '../../services/ledger/rebuild.pg.ts';
import type { Case, Item, Judged } from './check-safety.ts';
import { FORGED_ACCOUNT } from './nature.ts';

type Fact = Item & { requestId?: string };
type Listed = { accountId: string; origin: string; name: string; organizationalUnitId: string };

/** The ledger at the end: whole, told to the outside, and of one mind with AWS. */
export async function checkEnd(judged: Judged, cases: readonly Case[]): Promise<string[]> {
  const facts = await factsOf(judged);
  const { body: chain } = await judged.read('/v1/ledger/verify');
  return [
    ...(chain.ok ? [] : [`I14 the chain is broken: ${JSON.stringify(chain).slice(0, 200)}`]),
    ...told(judged, facts),
    ...(await knownAccounts(judged)),
    ...emptied(judged),
    ...cases.flatMap((one) => [...onlyAllowed(one)]),
    ...(await givenBack(judged, cases)),
    ...(await foldedAnew(judged)),
  ];
}

/** What ended before there was an account holds neither name nor address: the same could be asked for again. */
async function givenBack({ dryRun }: Judged, cases: readonly Case[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { id, request, asked } of cases) {
    if (!['DENIED', 'EXPIRED', 'CANCELLED'].includes(request.status)) continue;
    const { status, body } = await dryRun(asked);
    if (status !== 200)
      wrong.push(`L5 ${id}: it is ${request.status} and still holds something: ${JSON.stringify(body)}`);
  }
  return wrong;
}

/** Now and then: all that was folded bit by bit is what the facts come to when they are told again as a whole. */
async function foldedAnew({ world }: Judged): Promise<string[]> {
  if (world.random.below(4) > 0) return [];
  const { tables } = await checkProjections(world.place.database.orm);
  return tables
    .filter((t) => t.differing > 0)
    .map((t) => `I12 ${t.table}: ${t.differing} rows differ from their facts`);
}

async function factsOf({ read }: Judged): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await read(
      `/v1/ledger/facts?limit=1000${after ? `&after=${encodeURIComponent(after)}` : ''}`,
    );
    facts.push(...body.items);
    after = body.nextCursor;
  }
  return facts;
}

const OUTBOUND = [
  'AccountRequested',
  'AccountPlanned',
  'ApprovalRequested',
  'ApprovalDecided',
  'AccountQueued',
];
const OUTBOUND_TOO = [
  'AccountProvisioned',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountVended',
  'AccountQuarantined',
];

/** What left on the bus is what was committed: all of it, and nothing else. */
function* told({ world }: Judged, facts: readonly Fact[]) {
  const left = new Set<string>();
  for (const call of world.history.calls) {
    if (call.action !== 'PutEvents') continue;
    for (const { Detail, Source } of call.input.Entries)
      if (Source === 'jetway') left.add(JSON.parse(Detail).id);
  }
  const known = new Set(facts.map((f) => f.id));
  for (const id of left)
    if (!known.has(id)) yield `I15 the event ${id} left and its fact was never committed`;
  for (const { id, type } of facts)
    if ([...OUTBOUND, ...OUTBOUND_TOO].includes(type) && !left.has(id))
      yield `I15 the fact ${type} ${id} never left`;
}

async function knownAccounts({ world, read }: Judged): Promise<string[]> {
  const wrong: string[] = [];
  const { body } = await read('/v1/accounts?limit=100');
  const listed = body.items as Listed[];
  const real = world.aws.world.store.values<OrganizationAccount>('org/accounts');
  for (const { Id, Name, ParentId } of real) {
    const rows = listed.filter((a) => a.accountId === Id);
    if (rows.length !== 1) wrong.push(`I10 the account ${Name} is ${rows.length} times in the ledger`);
    const [row] = rows;
    if (row && row.organizationalUnitId !== ParentId)
      wrong.push(`L3 the account ${Name} is in ${ParentId}, the ledger says ${row.organizationalUnitId}`);
  }
  for (const { accountId } of listed)
    if (!real.some((a) => a.Id === accountId))
      wrong.push(
        `${accountId === FORGED_ACCOUNT ? 'I13' : 'L3'} the ledger has the account ${accountId}, AWS does not`,
      );
  return wrong;
}

function* emptied({ world }: Judged) {
  if (world.place.outboxDueMs() !== undefined) yield 'L2 the outbox is not empty';
  const dead = world.aws.world.store.values('sqs/messages/jetway-inbox-dlq').length;
  if (dead > 0) yield `L2 ${dead} messages are in the dead-letter queue`;
}

/** After an end before the point of no return nothing begins; ACTIVE is said once. */
function* onlyAllowed({ id, timeline, accepted }: Case) {
  const ends = timeline.filter((f) =>
    ['RequestCancelled', 'RequestRejected', 'RequestExpired'].includes(f.type),
  );
  const begins = timeline.filter((f) => f.type === 'ProvisioningStarted');
  if (ends.length > 0 && (begins.length > 0 || accepted.length > 0))
    yield `I11 ${id}: it ended with ${ends.map((f) => f.type)} and was begun`;
  for (const type of ['AccountProvisioned', 'AccountVended'])
    if (timeline.filter((f) => f.type === type).length > 1)
      yield `I11 ${id}: ${type} is in its timeline more than once`;
}
