import { Settings } from './settings.schema.ts';

/** Before anybody has changed anything: one approver of the request's team; whatever belongs to no team, any approver. */
export const DEFAULT_SETTINGS: Settings = Settings.parse({
  policies: [
    {
      name: 'whole-organization',
      when: { kinds: ['organizational-unit-change', 'settings-change'] },
      stages: [{ name: 'approver', approvers: [{ anyTeam: true }] }],
    },
    { name: 'one-approver', stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }] },
  ],
});

/** The example landing zone: as above, and Sandbox decides by itself under a budget. */
export const EXAMPLE_SETTINGS: Settings = Settings.parse({
  ...DEFAULT_SETTINGS,
  policies: [
    {
      name: 'sandbox',
      when: {
        kinds: ['account'],
        organizationalUnitIds: ['ou-ab12-sandboxes'],
        blueprints: ['sandbox', 'standard'],
        monthlyCost: { atMost: 200 },
      },
      automatic: { teamMonthlyCostAtMost: 1_000 },
      stages: [{ name: 'approver', approvers: [{ requestTeam: true }] }],
    },
    ...DEFAULT_SETTINGS.policies,
  ],
});
