export type Waiting = { requestId: string; team: string; position: number };
export type Holding = { team: string };

/**
 * Who gets the free slots of Control Tower next. Fair between teams: the team that holds and has been promised fewest
 * goes first; within a team, and between equal teams, first come, first served.
 * @param limit account operations at once, as the organization's live quota says
 * @returns request ids in the order of admission
 */
export function admit(waiting: readonly Waiting[], holding: readonly Holding[], limit: number): string[] {
  const share = new Map<string, number>();
  for (const { team } of holding) share.set(team, (share.get(team) ?? 0) + 1);
  const queue = [...waiting].sort((a, b) => a.position - b.position);
  const admitted: string[] = [];
  for (let free = limit - holding.length; free > 0 && queue.length > 0; free--) {
    let next = 0;
    for (let i = 1; i < queue.length; i++) {
      if ((share.get(queue[i]!.team) ?? 0) < (share.get(queue[next]!.team) ?? 0)) next = i;
    }
    const [chosen] = queue.splice(next, 1);
    admitted.push(chosen!.requestId);
    share.set(chosen!.team, (share.get(chosen!.team) ?? 0) + 1);
  }
  return admitted;
}
