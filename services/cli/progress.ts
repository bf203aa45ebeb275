import type { RequestStatus } from './answers.schema.ts';
import type { Screen } from './screen.ts';
import { subjectOf } from './subject.ts';
import { clip, styled, type Text } from './text.ts';

/** Shows a request's progress. */
export interface Progress {
  update(request: RequestStatus): void;
  /** Ends the live display; what follows is printed under it. */
  done(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Steps that are redrawn in place on a terminal; one line for each change when piped; objects with --json. */
export function openProgress(screen: Screen): Progress {
  if (screen.json)
    return { update: (request) => screen.data({ event: 'request', ...request }), done: () => {} };
  return screen.live ? liveProgress(screen) : lineProgress(screen);
}

function lineProgress(screen: Screen): Progress {
  const seen = new Map<string, string>();
  let status = '';
  return {
    update(request) {
      if (request.status !== status) {
        status = request.status;
        screen.say(`${subjectOf(request)}: ${status}${queueOf(request, ' (', ')')}`);
      }
      for (const step of request.steps) {
        if (seen.get(step.name) === step.status || step.status === 'pending') continue;
        seen.set(step.name, step.status);
        if (step.status !== 'running') screen.say(`  ${step.title}: ${step.status}${duration(step)}`);
      }
    },
    done: () => {},
  };
}

function liveProgress(screen: Screen): Progress {
  let drawn = 0;
  let frame = 0;
  let current: RequestStatus | undefined;
  const draw = () => {
    if (!current) return;
    // A line that wraps would take two, and the next drawing begin too low.
    const lines = progressLines(current, FRAMES[frame % FRAMES.length]!).map((line) =>
      clip(line, screen.columns - 1),
    );
    screen.draw(lines, drawn);
    drawn = lines.length;
  };
  const spin = setInterval(() => {
    frame++;
    draw();
  }, 120);
  spin.unref();
  return {
    update(request) {
      current = request;
      draw();
    },
    done() {
      clearInterval(spin);
      draw();
    },
  };
}

/** The picture of one moment. */
export function progressLines(request: RequestStatus, frame: string): Text[] {
  return [
    [styled('bold', subjectOf(request)), `  ${request.status}${queueOf(request, ', ', '')}`],
    ...request.steps.map((step): Text => {
      const title = step.status === 'pending' ? styled('dim', step.title) : step.title;
      return [' ', mark(step.status, frame), ' ', title, duration(step)];
    }),
  ];
}

function mark(status: string, frame: string): Text {
  switch (status) {
    case 'succeeded':
      return styled('green', '✔');
    case 'failed':
      return styled('red', '✖');
    case 'running':
      return styled('cyan', frame);
    default:
      return styled('dim', '·');
  }
}

const queueOf = ({ queuePosition }: RequestStatus, before: string, after: string): string =>
  queuePosition ? `${before}place ${queuePosition} in the team’s queue${after}` : '';

function duration(step: { startedAt?: string | undefined; endedAt?: string | undefined }): string {
  if (!step.startedAt || !step.endedAt) return '';
  const seconds = (Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000;
  return ` (${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s)`;
}
