import type { Catalogue, Control } from '../guardrails/catalogue.ts';
import { MIRROR_CONTROL } from '../mirroring/findings.ts';

/** Jetway looks after it itself: it comes with a mirror profile, and nobody enables it. */
const MIRRORED: Control = {
  id: MIRROR_CONTROL,
  title: 'Network interfaces that a mirror profile asks for are mirrored',
  guidance: 'elective',
  behavior: 'detective',
  implementation: { type: 'CONFIG_RULE' },
  defaultScope: 'none',
  apiManageable: false,
  parameters: [],
};

/** A control whose findings may be excepted: of the catalogue, or our own. */
export const controlOf = ({ byId }: Pick<Catalogue, 'byId'>, id: string): Control | undefined =>
  id === MIRROR_CONTROL ? MIRRORED : byId.get(id);
