import { styleText } from 'node:util';
import type { RequestStatusAnswer } from './client.ts';

/** Shows a request's progress. */
export interface Progress {
  update(request: RequestStatusAnswer): void;
  /** Ends the live display; what follows is printed under it. */
  done(): void;
}

type Out = { isTTY?: boolean; write(text: string): unknown; columns?: number };

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Steps that are redrawn in place on a terminal; one line for each change when piped; nothing with --json. */
export function openProgress(out: Out, json: boolean): Progress {
  if (json) return jsonProgress(out);
  return out.isTTY ? liveProgress(out) : lineProgress(out);
}

function jsonProgress(out: Out): Progress {
  return {
    update: (request) => void out.write(`${JSON.stringify({ event: 'request', ...request })}\n`),
    done: () => {},
  };
}

function lineProgress(out: Out): Progress {
  const seen = new Map<string, string>();
  let status = '';
  return {
    update(request) {
      if (request.status !== status) {
        status = request.status;
        out.write(
          `${request.account.name}: ${status}${request.queuePosition ? ` (place ${request.queuePosition} in the team’s queue)` : ''}\n`,
        );
      }
      for (const step of request.steps) {
        if (seen.get(step.name) === step.status || step.status === 'pending') continue;
        seen.set(step.name, step.status);
        if (step.status !== 'running') out.write(`  ${step.title}: ${step.status}${duration(step)}\n`);
      }
    },
    done: () => {},
  };
}

function liveProgress(out: Out): Progress {
  let drawn = 0;
  let frame = 0;
  let current: RequestStatusAnswer | undefined;
  const mark = (status: string) => {
    switch (status) {
      case 'succeeded':
        return styleText('green', '✔');
      case 'failed':
        return styleText('red', '✖');
      case 'running':
        return styleText('cyan', FRAMES[frame % FRAMES.length]!);
      default:
        return styleText('dim', '·');
    }
  };
  const draw = () => {
    if (!current) return;
    const queue = current.queuePosition ? `, place ${current.queuePosition} in the team’s queue` : '';
    const lines = [
      `${styleText('bold', current.account.name)}  ${current.status}${queue}`,
      ...current.steps.map(
        (s) =>
          ` ${mark(s.status)} ${s.status === 'pending' ? styleText('dim', s.title) : s.title}${duration(s)}`,
      ),
    ];
    out.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map((l) => `\u001b[2K${l}\n`).join('')}`);
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

function duration(step: { startedAt?: string; endedAt?: string }): string {
  if (!step.startedAt || !step.endedAt) return '';
  const seconds = (Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000;
  return ` (${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s)`;
}
