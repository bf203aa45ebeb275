import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orm } from '../../db/client.ts';
import { people } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Identity, Settings } from '../settings/settings.schema.ts';
import { principalOfIdentity, standingOf } from './people.pg.ts';

const NOW = new Date('2026-03-31T10:00:00.000Z');
const DAY = 86_400_000;
const ago = (days: number) => new Date(NOW.getTime() - days * DAY);
const slack = (enterprise: string, team: string, user: string) =>
  ({ provider: 'slack', enterprise, team, user }) as const;

const settings = Settings.parse({
  people: [
    {
      subject: 'Fresh@example.com',
      identities: [slack('E1', 'T1', 'UFRESH'), { provider: 'token', subject: 'sso|fresh' }],
    },
    { subject: 'plain@example.com', identities: [slack('', 'T1', 'UPLAIN')] },
    { subject: 'just@example.com', identities: [slack('', 'T1', 'UJUST')] },
    { subject: 'stale@example.com', identities: [slack('', 'T1', 'USTALE')] },
    { subject: 'future@example.com', identities: [slack('', 'T1', 'UFUTURE')] },
    { subject: 'never@example.com', identities: [slack('', 'T1', 'UNEVER')] },
    { subject: 'away@example.com', identities: [slack('', 'T1', 'UAWAY')], suspended: true },
    { subject: 'one@example.com', identities: [slack('', 'T1', 'UTWO')] },
    { subject: 'two@example.com', identities: [slack('', 'T1', 'UTWO')] },
    { subject: 'hook@example.com', identities: [{ provider: 'webhook', endpoint: 'pager', user: 'Hook' }] },
    { subject: 'teams@example.com', identities: [{ provider: 'teams', tenant: 'AB-1', user: 'CD-2' }] },
  ],
});

describe.each(databases)('chat users as people on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    const vouched: [string, Date][] = [
      ['fresh@example.com', ago(0)],
      ['plain@example.com', ago(1)],
      ['just@example.com', ago(30)],
      ['stale@example.com', new Date(ago(30).getTime() - 1)],
      ['future@example.com', ago(-1)],
      ['away@example.com', ago(0)],
      ['one@example.com', ago(0)],
      ['two@example.com', ago(0)],
      ['hook@example.com', ago(0)],
      ['teams@example.com', ago(0)],
    ];
    await orm.insert(people).values(
      vouched.map(([subject, vouchedAt]) => ({
        subject,
        teams: ['payments'],
        roles: ['approver', 'a-role-of-tomorrow'],
        vouchedAt,
      })),
    );
  });
  afterAll(() => opened.close());

  it.each<[string, Identity, string]>([
    ['a user of an enterprise', slack('E1', 'T1', 'UFRESH'), 'fresh@example.com'],
    ['a user in another spelling', slack('e1', ' t1', 'ufresh '), 'fresh@example.com'],
    ['a user of a workspace without one', slack('', 'T1', 'UPLAIN'), 'plain@example.com'],
    ['somebody vouched for thirty days ago', slack('', 'T1', 'UJUST'), 'just@example.com'],
    ['a person of a webhook', { provider: 'webhook', endpoint: 'pager', user: 'hook' }, 'hook@example.com'],
    ['a user of Teams', { provider: 'teams', tenant: 'ab-1', user: 'cd-2' }, 'teams@example.com'],
  ])('%s is known, with what the provider said last', async (_who, identity, subject) => {
    expect(await principalOfIdentity(orm, settings, identity, NOW)).toEqual({
      subject,
      teams: ['payments'],
      roles: ['approver'],
    });
  });

  it.each<[string, Identity, string]>([
    ['nobody’s user', slack('', 'T1', 'UX'), 'unknown-person'],
    ['a user of another workspace', slack('', 'T2', 'UPLAIN'), 'unknown-person'],
    ['the same user of an enterprise', slack('E1', 'T1', 'UPLAIN'), 'unknown-person'],
    ['a user of an enterprise who does not say so', slack('', 'T1', 'UFRESH'), 'unknown-person'],
    ['a user whom two people claim', slack('', 'T1', 'UTWO'), 'unknown-person'],
    ['somebody who never signed in', slack('', 'T1', 'UNEVER'), 'unknown-person'],
    ['a token that a chat tells', { provider: 'token', subject: 'sso|fresh' }, 'unknown-person'],
    [
      'a person at another endpoint',
      { provider: 'webhook', endpoint: 'other', user: 'hook' },
      'unknown-person',
    ],
    ['a user of another tenant', { provider: 'teams', tenant: 'ab-2', user: 'cd-2' }, 'unknown-person'],
    ['somebody suspended', slack('', 'T1', 'UAWAY'), 'suspended'],
    ['somebody vouched for a moment too long ago', slack('', 'T1', 'USTALE'), 'stale-standing'],
    ['somebody vouched for tomorrow', slack('', 'T1', 'UFUTURE'), 'stale-standing'],
  ])('%s is refused: %3$s', async (_who, identity, code) => {
    await expect(principalOfIdentity(orm, settings, identity, NOW)).rejects.toMatchObject({
      kind: 'forbidden',
      code,
    });
  });

  it('believes the provider as long as the installation says', async () => {
    const stale = slack('', 'T1', 'USTALE');
    expect((await principalOfIdentity(orm, settings, stale, NOW, 31)).subject).toBe('stale@example.com');
    await expect(
      principalOfIdentity(orm, settings, slack('', 'T1', 'UPLAIN'), NOW, 0.5),
    ).rejects.toMatchObject({
      code: 'stale-standing',
      detail: expect.stringContaining('sign in to the dashboard once'),
    });
  });

  it('knows a standing by every spelling of the subject', async () => {
    expect(await standingOf(orm, ' PLAIN@example.com')).toMatchObject({ subject: 'plain@example.com' });
    expect(await standingOf(orm, 'never@example.com')).toBeUndefined();
  });
});
