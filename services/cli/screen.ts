import { jsonLine, paint, type Text } from './text.ts';

type Stream = { isTTY?: boolean; columns?: number; write(text: string): unknown };

/** Where a command writes: people get words, programs one JSON value a line. */
export type Screen = {
  json: boolean;
  /** Something can be redrawn on it. */
  live: boolean;
  columns: number;
  /** For people; nothing with --json. */
  say(text?: Text): void;
  /** For people, beside the result: on the error stream. */
  note(text: Text): void;
  /** For programs; nothing without --json. */
  data(value: unknown): void;
  /** What went wrong, on the error stream; with --json as a value. */
  fail(lines: readonly Text[], value: unknown): void;
  /** Text with cursor movements of our own. */
  draw(lines: readonly Text[], over: number): void;
};

export type Streams = { out: Stream; err: Stream };

export function openScreen({ out, err }: Streams, json: boolean, mayColour: boolean): Screen {
  const colourOf = (stream: Stream) => mayColour && stream.isTTY === true;
  const write = (stream: Stream, text: Text) => void stream.write(`${paint(text, colourOf(stream))}\n`);
  return {
    json,
    live: !json && out.isTTY === true,
    columns: out.columns ?? 80,
    say: (text = '') => json || write(out, text),
    note: (text) => write(err, text),
    data: (value) => json && void out.write(`${jsonLine(value)}\n`),
    fail(lines, value) {
      if (json) return void err.write(`${jsonLine(value)}\n`);
      for (const line of lines) write(err, line);
    },
    draw(lines, over) {
      const up = over > 0 ? `\u001b[${over}A` : '';
      const painted = lines.map((line) => `\u001b[2K${paint(line, colourOf(out))}\n`);
      out.write(`${up}${painted.join('')}`);
    },
  };
}
