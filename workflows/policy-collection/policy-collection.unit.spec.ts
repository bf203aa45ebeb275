import { afterAll, describe, expect, it } from 'vitest';
import { PoliciesCollected } from '../../services/guardrails/collection.schema.ts';
import { statesOf } from '../asl/walk.ts';
import { answer, loseReply, refuse, type Script, times, walk } from '../walk.fixture.ts';
import { policyCollection } from './definition.ts';
import { PolicyCollectionInput } from './input.schema.ts';

const A = 'jetway-aaaaaaaaaaaa';
const B = 'jetway-bbbbbbbbbbbb';
const C = 'jetway-cccccccccccc';
const OTHERS = [
  'FullAWSAccess',
  'jetway-root-fence',
  'jetway-quarantine',
  'jetway-aaaaaaaaaaaaa',
  'aws-guardrails-x',
];
const visited = new Set<string>();
const idOf = (name: string) => `p-${name.replace(/[^a-z0-9]/g, '')}`;

type Given = {
  keep?: string[];
  candidates?: string[];
  attached?: string[];
  script?: Script;
  names?: string[];
};

async function collect({ keep = [], candidates = [], attached = [], script = {}, names }: Given) {
  let policies = names ?? [...OTHERS, A, B, C];
  const targets = [
    { TargetId: '444455556666', Type: 'ACCOUNT', Name: 'x', Arn: 'arn:aws:organizations::1:account' },
  ];
  const nameOf = (id: string) => policies.find((name) => idOf(name) === id);
  const calls: Record<string, (args: { PolicyId: string; NextToken?: string }) => unknown> = {
    // Two a page, and an empty page in between.
    'organizations:listPolicies': ({ NextToken }) => {
      const at = Number(NextToken ?? 0);
      const items = policies.slice(at, at + 2);
      return {
        Policies: items.map((Name) => ({ Id: idOf(Name), Name })),
        ...(at + 2 < policies.length ? { NextToken: String(at + 2) } : {}),
      };
    },
    'organizations:listTargetsForPolicy': ({ PolicyId, NextToken }) => {
      if (NextToken === undefined) return { Targets: [], NextToken: 'more' };
      return { Targets: attached.includes(nameOf(PolicyId) ?? '') ? targets : [] };
    },
    'organizations:deletePolicy': ({ PolicyId }) => {
      policies = policies.filter((name) => idOf(name) !== PolicyId);
      return {};
    },
  };
  const walked = await walk({
    name: 'policy-collection',
    definition: policyCollection,
    executionName: 'policies-1',
    input: PolicyCollectionInput.parse({ collectionId: 'policies-1', keep, candidates }),
    world: (action, args) => calls[action]?.(args) ?? {},
    script,
    asks: {},
  });
  for (const state of walked.visited) visited.add(state);
  const said = walked.facts.map((fact) => PoliciesCollected.parse(fact.data))[0];
  return { walked, policies, said };
}

const saw = (changes: object) => ({
  collectionId: 'policies-1',
  deleted: [],
  unattached: [],
  trouble: [],
  left: 0,
  ...changes,
});

describe('a collection', () => {
  it('deletes nothing that it sees unattached for the first time', async () => {
    const { walked, policies, said } = await collect({ attached: [A] });
    expect(said).toEqual(saw({ unattached: [B, C] }));
    expect(policies).toEqual([...OTHERS, A, B, C]);
    expect(walked.facts[0]).toMatchObject({ order: Date.parse('2026-03-04T10:00:00Z') });
    expect(walked.facts[0]?.requestId).toBeUndefined();
  });

  it('deletes what was unattached before and still is; never what is attached or needed', async () => {
    const { policies, said } = await collect({ candidates: [A, B, C], attached: [A], keep: [C] });
    expect(said).toEqual(saw({ deleted: [B], unattached: [C] }));
    expect(policies).toEqual([...OTHERS, A, C]);
  });

  it('looks at nothing but policies that are named by their content', async () => {
    const { walked } = await collect({});
    const looked = walked.calls.filter((call) => call.action === 'organizations:listTargetsForPolicy');
    expect(new Set(looked.map((call) => (call.arguments as { PolicyId: string }).PolicyId))).toEqual(
      new Set([A, B, C].map(idOf)),
    );
  });

  it('has nothing to say of an organization without policies of ours', async () => {
    const { said } = await collect({ names: OTHERS, candidates: [A] });
    expect(said).toEqual(saw({}));
  });

  it('leaves a policy that was attached in between', async () => {
    const { policies, said } = await collect({
      candidates: [A],
      script: { 'organizations:deletePolicy': [refuse('Organizations.PolicyInUseException')] },
    });
    expect(said).toEqual(saw({ unattached: [B, C] }));
    expect(policies).toContain(A);
  });

  it('counts as deleted what an answer that got lost has deleted', async () => {
    const { said } = await collect({
      candidates: [A],
      script: {
        'organizations:deletePolicy': [
          loseReply('Organizations.SdkClientException'),
          refuse('Organizations.PolicyNotFoundException'),
        ],
      },
    });
    expect(said?.deleted).toEqual([A]);
  });

  it('does not mind a policy that somebody else has deleted', async () => {
    const { said } = await collect({
      names: [A],
      script: { 'organizations:listTargetsForPolicy': [refuse('Organizations.PolicyNotFoundException')] },
    });
    expect(said).toEqual(saw({}));
  });

  it('says what it could not do in the words of AWS, and goes on', async () => {
    const denied = refuse('Organizations.AccessDeniedException', 'You don’t have permissions.');
    const { said } = await collect({
      candidates: [A],
      script: { 'organizations:deletePolicy': [denied] },
    });
    expect(said).toEqual(
      saw({
        unattached: [B, C],
        trouble: [
          {
            policyName: A,
            error: 'Organizations.AccessDeniedException',
            cause: 'You don’t have permissions.',
          },
        ],
      }),
    );
  });

  it('looks at a thousand at most, the candidates first, and says how many are left', async () => {
    const many = Array.from({ length: 1_003 }, (_, i) => `jetway-${i.toString(16).padStart(12, '0')}`);
    const last = many.at(-1) as string;
    const Policies = many.map((Name) => ({ Id: idOf(Name), Name }));
    const { said, walked } = await collect({
      names: [],
      candidates: [last],
      script: { 'organizations:listPolicies': [answer({ Policies })] },
    });
    expect(said).toMatchObject({ deleted: [last], left: 3, trouble: [] });
    expect(said?.unattached).toHaveLength(999);
    expect(walked.events).toBeLessThan(25_000);
  }, 60_000);

  it('fails, and deletes nothing, when the policies cannot be listed', async () => {
    const { walked, policies } = await collect({
      candidates: [A],
      script: { 'organizations:listPolicies': times(9, refuse('Organizations.TooManyRequestsException')) },
    });
    expect({ status: walked.status, facts: walked.facts }).toEqual({ status: 'FAILED', facts: [] });
    expect(policies).toContain(A);
  });
});

afterAll(() => {
  const missing = statesOf(policyCollection)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});
