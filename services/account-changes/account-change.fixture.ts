import { contextWith } from '../planning/context.fixture.ts';
import { planAccount } from '../planning/plan.ts';
import { asStanding } from '../planning/standing.ts';
import { requestWith } from '../requests/request.fixture.ts';

type Request = Parameters<typeof requestWith>[0];
type Context = ReturnType<typeof contextWith>;

export function planned(request: Request = {}, context: Context = contextWith()) {
  const made = planAccount(requestWith(request), context);
  if ('errors' in made) throw new Error(JSON.stringify(made.errors));
  return made.plan;
}

/** An account of the payments team, as it was planned. */
export const made = planned();

const taken = contextWith({
  takenBlocks: ['10.0.0.0/16'],
  emailTakenBy: 'the account 444455556666',
  nameTakenBy: 'the account 444455556666',
  accountsUsed: 1_000,
});

/** As the account would be planned today, with everything of its own taken. */
export const today = (request: Request = {}, changes: Partial<Context> = {}) =>
  planned(request, asStanding({ ...taken, ...changes }, { vpcCidr: made.network?.vpcCidr ?? null }));

/** Parameters of its network in place of the usual ones. */
export const vpc = (parameters: object) => ({
  blueprint: {
    name: 'standard',
    parameters: { vpc: { size: 'medium', availabilityZones: 2, ...parameters } },
  },
});
