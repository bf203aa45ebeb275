/** @jsxImportSource hono/jsx */
import type { Step } from '../../ledger/request-view.ts';
import { courseGraph, courseInWords } from '../charts/course-graph.ts';
import { BOX, networkMap, type Subnet } from '../charts/network.ts';
import { placeOn, type Span, segments } from '../charts/strip.ts';
import { duration, statusWord, toneOf } from '../words.ts';
import { Numbers, Table } from './table.page.tsx';

/** So many steps fit on a phone without scrolling, and would fill a wide page with circles. */
const FEW = 4;

/** The steps of a request with the one that it is at; the table beside it says when each began and ended. */
export function CourseFigure({
  steps,
  label = 'Steps as a table',
}: {
  steps: readonly Step[];
  label?: string;
}) {
  const { nodes, edges, width, height, radius } = courseGraph(steps);
  return (
    <figure class="course">
      <svg
        class={nodes.length <= FEW ? 'short' : undefined}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={courseInWords(steps)}
      >
        {edges.map(({ from, to, done }) => (
          <path class={done ? 'edge done' : 'edge'} d={`M${from.x + radius} ${from.y}H${to.x - radius}`} />
        ))}
        {nodes.map(({ title, status, x, y }) => (
          <g class={`s-${status}`}>
            <circle class="node" cx={x} cy={y} r={radius} />
            {status === 'succeeded' ? <path class="mark" d={`M${x - 5} ${y}l4 4l7-8`} /> : null}
            {status === 'failed' ? <path class="mark" d={`M${x - 4} ${y - 4}l8 8m0-8l-8 8`} /> : null}
            {status === 'running' ? <circle class="dot" cx={x} cy={y} r={5} /> : null}
            <text
              class={status === 'running' || status === 'failed' ? 'strong' : ''}
              x={x}
              y={y + radius + 18}
              text-anchor="middle"
            >
              {title}
            </text>
          </g>
        ))}
      </svg>
      <Numbers label={label}>
        <Table caption="Steps" columns={['Step', 'State', 'Began', 'Took']}>
          {steps.map(({ title, status, startedAt, endedAt }) => (
            <tr>
              <th scope="row">{title}</th>
              <td>{statusWord(status)}</td>
              <td class="nowrap">{startedAt?.slice(0, 19).replace('T', ' ') ?? ''}</td>
              <td class="nowrap">
                {startedAt && endedAt
                  ? duration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))
                  : ''}
              </td>
            </tr>
          ))}
        </Table>
      </Numbers>
    </figure>
  );
}

/** The VPC with its subnets, a column for each zone. */
export function NetworkFigure({ vpcCidr, subnets }: { vpcCidr: string; subnets: readonly Subnet[] }) {
  const { zones, boxes, width, height } = networkMap(subnets);
  return (
    <figure>
      <svg
        class="network"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`VPC ${vpcCidr} with ${subnets.length} subnets in ${zones.length} zones; the table says which.`}
      >
        <rect class="zone" x={1} y={1} width={width - 2} height={height - 2} rx={8} />
        <text class="strong" x={12} y={18}>
          VPC {vpcCidr}
        </text>
        {zones.map(({ name, x }) => (
          <>
            <rect class="zone" x={x} y={26} width={BOX.width + 2 * BOX.gap} height={height - 34} rx={6} />
            <text x={x + BOX.gap} y={40}>
              {name}
            </text>
          </>
        ))}
        {boxes.map(({ cidr, tier, x, y }) => (
          <>
            <rect class={`net net-${tier}`} x={x} y={y} width={BOX.width} height={BOX.height} rx={4} />
            <text class="ink" x={x + 9} y={y + 16}>
              {tier}
            </text>
            <text x={x + 9} y={y + 30}>
              {cidr}
            </text>
          </>
        ))}
      </svg>
      <Numbers>
        <Table caption="Subnets" columns={['Subnet', 'Addresses', 'Zone', 'Tier']}>
          {subnets.map(({ name, cidr, availabilityZone, tier }) => (
            <tr>
              <th scope="row">{name}</th>
              <td class="id">{cidr}</td>
              <td>{availabilityZone}</td>
              <td>{tier}</td>
            </tr>
          ))}
        </Table>
      </Numbers>
    </figure>
  );
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** In which state of compliance an account was, from its first guardrail until now, with a pin at the instant shown. */
export function ComplianceStrip({ spans, atMs }: { spans: readonly Span[]; atMs: number }) {
  const width = 640;
  const pin = placeOn(spans, atMs, width);
  const first = spans[0];
  const last = spans.at(-1);
  if (!first || !last) return null;
  return (
    <figure>
      <svg
        class="shrinks"
        viewBox={`0 -6 ${width} 40`}
        role="img"
        aria-label={`State of compliance since ${day(first.from)} UTC: now ${statusWord(last.state).toLowerCase()}, ${spans.length - 1} turns before`}
      >
        {segments(spans, width).map(({ state, x, width: w }) => (
          <rect class={toneOf(state)} x={x} y={0} width={w} height={14} />
        ))}
        {pin === undefined ? null : <path class="pin" d={`M${pin} -5V19`} />}
        <text x={0} y={31}>
          {day(first.from)}
        </text>
        <text x={width} y={31} text-anchor="end">
          {day(last.to)}
        </text>
      </svg>
      <Numbers label="Turns as a table">
        <Table caption="State of compliance, newest first" columns={['From', 'To', 'State']}>
          {[...spans].reverse().map(({ state, from, to }) => (
            <tr>
              <th scope="row" class="nowrap">
                {day(from)}
              </th>
              <td class="nowrap">{day(to)}</td>
              <td>{statusWord(state)}</td>
            </tr>
          ))}
        </Table>
      </Numbers>
    </figure>
  );
}
