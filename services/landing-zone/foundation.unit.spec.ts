import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE_PATH } from '../../workflows/artifacts.ts';
import { openScreen } from '../cli/screen.ts';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import { quarantinePolicy, rootFencePolicy } from '../guardrails/fence.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { foundationItems } from './foundation.ts';
import { Live } from './live.schema.ts';
import { parseLandingZone } from './read-file.ts';
import { showItems } from './show.ts';

const NAME = 'examples/landing-zone/small.yaml';
const TEXT = readFileSync(join(packageRoot(), NAME), 'utf8');
const catalogue = parseCatalogue(JSON.parse(readFileSync(join(packageRoot(), CATALOGUE_PATH), 'utf8')));

const live = Live.parse({
  organizationId: 'o-exampleorg1',
  managementAccountId: '111122223333',
  homeRegion: 'us-east-1',
  landingZone: {
    arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/1A2B3C4D5E6F7G8H',
    version: '3.3',
    status: 'ACTIVE',
    governedRegions: ['us-east-1', 'eu-west-1'],
    logArchiveAccountId: '222233334444',
    auditAccountId: '333344445555',
  },
  trustedServices: ['ram.amazonaws.com'],
  accountsWithFactoryVpc: [],
  accounts: ['111122223333', '222233334444', '333344445555'].map((id) => ({
    id,
    name: `account ${id}`,
    email: `${id}@example.com`,
    state: 'ACTIVE',
  })),
  units: [
    {
      id: 'r-ab12',
      arn: 'arn:aws:organizations::111122223333:root/o-exampleorg1/r-ab12',
      name: 'Root',
      parentId: null,
      path: '',
      baseline: 'NONE',
      controls: [],
      accounts: 0,
    },
  ],
  baseline: { arn: '', version: '' },
  product: { name: 'AWS Control Tower Account Factory', productId: 'prod-1', activeVersions: 1 },
  identityCenter: null,
  groups: [],
  permissionSets: [],
  policies: [
    { id: 'p-1', name: 'jetway-quarantine', content: quarantinePolicy() },
    {
      id: 'p-2',
      name: 'jetway-root-fence',
      content: rootFencePolicy({ organizationId: 'o-exampleorg1', rootId: 'r-ab12' }),
    },
  ],
  rootPolicies: ['jetway-root-fence'],
});

/** What the command prints about what a person has to do, for a file with some words replaced. */
function shown(changes: Partial<Live>, ...words: (readonly [string, string])[]): string {
  const text = words.reduce((all, [before, after]) => all.replace(before, after), TEXT);
  const { file, at } = parseLandingZone(NAME, text, { catalogue, today: '2026-03-04' });
  let out = '';
  const screen = openScreen(
    { out: { write: (more) => (out += more) }, err: { write: () => undefined } },
    false,
    false,
  );
  showItems(screen, foundationItems(file, { ...live, ...changes }), { all: false, at });
  return out;
}
/** `file:line` of the first line of the example that has these words. */
const lineOf = (words: string): string => `${NAME}:${TEXT.slice(0, TEXT.indexOf(words)).split('\n').length}:`;
const zone = (changes: Partial<Live['landingZone']>): Partial<Live> => ({
  landingZone: { ...live.landingZone, ...changes },
});

describe('a landing zone that is as the file says', () => {
  it('asks nothing of anybody', () => expect(shown({})).toBe(''));
});

/** What differs, the words of the file's line, and the step that a person has to take. */
const DIFFERENCES: [
  what: string,
  Partial<Live>,
  line: string,
  step: string,
  ...words: (readonly [string, string])[],
][] = [
  [
    'another home Region',
    { homeRegion: 'eu-west-1' },
    'homeRegion:',
    'the file says us-east-1; write eu-west-1, the Region that Control Tower is in',
  ],
  [
    'a home Region whose quota nobody tells',
    { homeRegion: 'eu-west-1' },
    'homeRegion:',
    'aws service-quotas get-service-quota --service-code organizations --quota-code L-E619E033 --region us-east-1',
  ],
  [
    'a landing zone that failed',
    zone({ status: 'FAILED' }),
    'homeRegion:',
    'reset it in the Control Tower console: Landing zone settings, Reset',
  ],
  [
    'a Region that is not governed',
    zone({ governedRegions: ['us-east-1'] }),
    'governedRegions:',
    'is not governed; add it in the Control Tower console: Landing zone settings, Modify settings, Regions',
  ],
  [
    'a Region that is governed and not in the file',
    zone({ governedRegions: ['us-east-1', 'eu-west-1', 'eu-north-1'] }),
    'governedRegions:',
    'write it there, or take it out in the Control Tower console: Landing zone settings, Modify settings, Regions',
  ],
  [
    'another management account',
    { managementAccountId: '999900001111' },
    'management:',
    'write 999900001111 here. Whose organization this is follows from who is signed in: aws sts get-caller-identity',
  ],
  [
    'another log archive account',
    zone({ logArchiveAccountId: '999900001111' }),
    'logArchive:',
    'write 999900001111 here. It was settled when the landing zone was set up: Control Tower console, Landing zone settings',
  ],
  [
    'another audit account',
    zone({ auditAccountId: '999900001111' }),
    'audit:',
    'write 999900001111 here. It was settled when the landing zone was set up: Control Tower console, Landing zone settings',
  ],
  [
    'an account that is not there',
    { accounts: live.accounts.slice(0, 2) },
    'audit:',
    'is no account of this organization; look at its id: Organizations console, AWS accounts, or: aws organizations list-accounts',
  ],
  [
    'an account that is not ACTIVE',
    { accounts: live.accounts.map((one) => ({ ...one, state: 'SUSPENDED' })) },
    'management:',
    'is SUSPENDED; it has to be ACTIVE: Organizations console, AWS accounts, says what it waits for',
  ],
  ['no Account Factory', { product: null }, 'product:', 'is not in Service Catalog of this Region'],
  [
    'Account Factory that makes VPCs',
    { accountsWithFactoryVpc: ['444455556666'] },
    'noVpcSince:',
    'Control Tower console: Account Factory, Network configuration, Edit',
  ],
  ['no fence', { policies: [] }, 'policy:', 'deploy the stack of the fence first (docs/deploy.md)'],
  [
    'a fence that is not attached',
    { rootPolicies: [] },
    'rootFence:',
    'is not attached to the root; deploy the stack of the fence again (docs/deploy.md)',
  ],
];

describe('what a person has to do', () => {
  it.each(DIFFERENCES)('%s: is told with the line of the file and the step', (_what, changes, line, step) => {
    const told = shown(changes)
      .split('\n')
      .filter((one) => one.startsWith('  '));
    const mine = told.find((one) => one.includes(step));
    expect(mine, told.join('\n')).toBeDefined();
    expect(mine).toContain(lineOf(line));
  });

  it('is told without a line where no line of the file is about it: sharing in RAM', () => {
    expect(shown({ trustedServices: [] })).toContain('aws ram enable-sharing-with-aws-organization');
  });
});
