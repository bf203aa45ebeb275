import { AssertionError } from 'node:assert';
import { failureLine } from '../support/failures.mjs';

type Line = { verdict: 'passed' | 'failed' | 'cannot'; topic: string; what: string; why?: string };

export type Report = {
  /** Runs a check. Its assertions decide; what else it throws fails it too. @returns whether it holds */
  check(topic: string, what: string, check: () => void): boolean;
  /**
   * Something that moto has not: neither passed nor failed. `stillSo` proves that the gap is there; once it is not, the
   * line fails, so that the exception is taken out and moto asked.
   */
  cannotJudge(topic: string, what: string, stillSo: () => boolean): void;
  /** Something to know that is no verdict. */
  note(topic: string, what: string): void;
  /** Prints the table. The last line is the count. @returns how many failed */
  print(write: (line: string) => void): number;
};

export function openReport(): Report {
  const lines: Line[] = [];
  const notes: string[] = [];
  const failed = (topic: string, what: string, why: string) =>
    lines.push({ verdict: 'failed', topic, what, why });
  return {
    check(topic, what, check) {
      try {
        check();
        lines.push({ verdict: 'passed', topic, what });
        return true;
      } catch (error) {
        failed(topic, what, reasonOf(error));
        return false;
      }
    },
    cannotJudge(topic, what, stillSo) {
      try {
        if (stillSo()) lines.push({ verdict: 'cannot', topic, what });
        else failed(topic, what, 'moto has learnt it: take this exception out and ask');
      } catch (error) {
        failed(topic, what, reasonOf(error));
      }
    },
    note: (topic, what) => notes.push(`${topic}: ${what}`),
    print(write) {
      const width = Math.max(...lines.map(({ topic }) => topic.length));
      const mark = { passed: 'ok  ', failed: 'FAIL', cannot: '  - ' };
      for (const { verdict, topic, what, why } of lines) {
        const text = verdict === 'cannot' ? `moto cannot judge: ${what}` : what;
        write(`${mark[verdict]}  ${topic.padEnd(width)}  ${text}`);
        if (why) write(why.replace(/^/gm, `${' '.repeat(8)}`));
      }
      for (const note of notes) write(`note  ${note}`);
      const count = (verdict: Line['verdict']) => lines.filter((line) => line.verdict === verdict).length;
      for (const { verdict, topic, what, why } of lines)
        if (verdict === 'failed') write(failureLine(`oracle > ${topic}: ${what}`, why));
      write(`\n${count('cannot')} that moto cannot judge`);
      write(`${count('passed')} passed, ${count('failed')} failed`);
      return count('failed');
    },
  };
}

const LONGEST = 1500;

function reasonOf(error: unknown): string {
  if (error instanceof AssertionError) return error.message.slice(0, LONGEST);
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, LONGEST) : String(error);
}
