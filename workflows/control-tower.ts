/** The baseline that registers a unit with Control Tower: AWS's own id, the same in every organization. */
const BASELINE = '17BSJV3IGJ2QSGA2';

/**
 * JSONata code of the state of a unit's registration, from an answer of ListEnabledBaselines.
 *
 * @param none code of what it is for a unit that is not registered
 */
export const registration = (none: string): string =>
  `($all := $states.result.EnabledBaselines[$contains(BaselineIdentifier, '${BASELINE}')];
    $exists($all) ? $all[0].StatusSummary.Status : ${none})`;
