import type { Step } from '../../ledger/request-view.ts';

export type Node = { name: string; title: string; status: Step['status']; x: number; y: number };
export type Edge = { from: Node; to: Node; done: boolean };
export type Graph = { nodes: Node[]; edges: Edge[]; width: number; height: number; radius: number };

const GAP = 96;
const RADIUS = 13;

/** The steps of a request in a row, the edge before a step done when the step before it is. */
export function courseGraph(steps: readonly Step[]): Graph {
  const nodes = steps.map(({ name, title, status }, i) => ({
    name,
    title,
    status,
    x: GAP / 2 + i * GAP,
    y: 24,
  }));
  const edges = nodes.slice(1).map((to, i) => {
    const from = nodes[i]!;
    return { from, to, done: from.status === 'succeeded' };
  });
  return { nodes, edges, width: GAP * Math.max(1, steps.length), height: 66, radius: RADIUS };
}

/** Where it stands, in words: what a reader hears in place of the picture. */
export function courseInWords(steps: readonly Step[]): string {
  const done = steps.filter(({ status }) => status === 'succeeded').length;
  const failed = steps.find(({ status }) => status === 'failed');
  const running = steps.find(({ status }) => status === 'running');
  const now = failed
    ? `failed at ${failed.title}`
    : running
      ? `now at ${running.title}`
      : 'nothing is running';
  return `${done} of ${steps.length} steps done, ${now}`;
}
