import { ApprovalPolicy, Channel, type Selector } from '../settings/settings.schema.ts';
import { peopleOf } from './groups.ts';
import type { FileSelector, LandingZoneFile } from './landing-zone.schema.ts';

/** @returns the id of a unit by its path */
export type IdOf = (path: string) => string;

/** The approval policies as the settings of the service have them: units by id, groups as their people. */
export const policiesOf = (file: LandingZoneFile, idOf: IdOf): ApprovalPolicy[] =>
  file.approvals.policies.map(({ when: { units, ...when }, stages, escalation, ...rest }) =>
    ApprovalPolicy.parse({
      ...rest,
      when: { ...when, ...(units ? { organizationalUnitIds: units.map(idOf) } : {}) },
      stages: stages.map((stage) => ({ ...stage, approvers: selectors(file, stage.approvers) })),
      ...(escalation
        ? { escalation: { ...escalation, approvers: selectors(file, escalation.approvers) } }
        : {}),
    }),
  );

export const channelsOf = (file: LandingZoneFile, idOf: IdOf): Channel[] =>
  file.channels.map(({ for: { units, ...rest }, ...channel }) =>
    Channel.parse({
      ...channel,
      for: { ...rest, ...(units ? { organizationalUnitIds: units.map(idOf) } : {}) },
    }),
  );

const selectors = (file: LandingZoneFile, all: readonly FileSelector[]): Selector[] =>
  all.map((one) => ('group' in one ? { people: peopleOf(file, one.group) } : one));
