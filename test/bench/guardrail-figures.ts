import { attachmentOf } from '../../services/guardrails/catalogue.ts';
import { type ChosenControl, chooseControls } from '../../services/guardrails/choose.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import { compileChain } from '../../services/guardrails/evaluate.ts';
import { quarantinePolicy } from '../../services/guardrails/fence.ts';
import { type Packed, packPolicies } from '../../services/guardrails/pack.ts';
import { readAssets } from '../../services/planning/assets.node.ts';
import { chainLevels } from '../../services/reconciliation/organization.ts';
import { exampleSnapshot } from '../../services/reconciliation/snapshot.fixture.ts';
import { type Figure, timed } from './figure.ts';

const MODERN = { maxPolicies: 8, maxCharacters: 10_240 };
/** One slot too few: every search is made before it is refused. */
const REFUSED = { maxPolicies: 3, maxCharacters: 5_120 };
const ACCOUNT = '444455556666';

/** Packing the whole catalogue, and deciding calls over a chain of policies. */
export function guardrailFigures(): Figure[] {
  const { catalogue } = readAssets();
  const defaults = {
    governedRegions: ['us-east-1', 'eu-west-1'],
    homeRegion: 'us-east-1',
    organizationId: 'o-exampleorg1',
  };
  /** All controls are read and given their parameters; those that are policies or rules are packed or planned. */
  const pack = (limits: typeof MODERN) => {
    const choice = chooseControls(
      catalogue,
      catalogue.controls.map(({ id }) => id),
      defaults,
    );
    if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
    const by = (kind: string): ChosenControl[] =>
      choice.controls.filter(({ control }) => attachmentOf(control) === kind);
    planDetective(catalogue.controls, by('rule'), {
      regions: defaults.governedRegions,
      homeRegion: defaults.homeRegion,
      auditAccountId: '333344445555',
    });
    return packPolicies(by('policy'), limits);
  };
  const { policies } = pack(MODERN) as Packed;
  const asJson = () => policies.map(({ content }) => JSON.stringify(JSON.parse(content)));
  const figure = (name: string, unit: 'ms' | 'µs', calls: number, work: () => unknown): Figure => ({
    name: `guardrails.${name}`,
    unit,
    yardstickName: 'JSON.parse and stringify of the same policies',
    open: () => ({ ours: timed(unit, calls, work), yardstick: timed(unit, calls, asJson) }),
  });
  const chain = [
    ...chainLevels(exampleSnapshot, 'ou-ab12-workloadsprod'),
    {
      targetId: ACCOUNT,
      policies: [
        ...policies.map(({ policyName, content }) => ({ id: policyName, name: policyName, content })),
        { id: 'p-quarantine', name: 'jetway-quarantine', content: quarantinePolicy() },
      ],
    },
  ];
  const decide = compileChain(chain);
  const request = {
    action: 's3:PutBucketPolicy',
    resource: 'arn:aws:s3:::example',
    principalArn: `arn:aws:iam::${ACCOUNT}:role/Developer`,
    accountId: ACCOUNT,
    region: 'us-east-1',
    context: { 'aws:PrincipalOrgPaths': ['o-exampleorg1/r-ab12/ou-ab12-workloads/ou-ab12-workloadsprod/'] },
  };
  return [
    figure('pack-every-control', 'ms', 40, () => pack(MODERN)),
    figure('pack-refused-5x5120', 'ms', 20, () => pack(REFUSED)),
    figure('compile-chain', 'ms', 40, () => compileChain(chain)),
    figure('decide-one-call', 'µs', 400, () => decide(request)),
  ];
}
