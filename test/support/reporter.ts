import type { Reporter, TestModule } from 'vitest/node';
import { failureLine } from './failures.mjs';

type Failure = { message?: string | undefined };

const firstOf = (errors: readonly Failure[]) => errors[0]?.message;

/** Closes with every failure on a line of its own, and one line of counts that any CI can read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    const failed = (where: string, error?: string) => {
      counts.failed++;
      lines.push(failureLine(where, error));
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state, errors } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') failed(`${file} > ${test.fullName}`, firstOf(errors ?? []));
        else counts.skipped++;
      }
      // A file or a suite that broke outside of its tests is a failure, not nothing.
      const broken = [...module.children.allSuites()].flatMap((suite) =>
        suite.errors().map((error) => ({ where: `${file} > ${suite.fullName}`, error })),
      );
      const own = module.errors().map((error) => ({ where: file, error }));
      for (const { where, error } of [...own, ...broken]) failed(where, error.message);
      if (tests === 0 && own.length + broken.length === 0) failed(file, 'has no test');
    }
    for (const error of unhandled) failed('outside of every test', error.message);
    for (const line of lines) console.log(line);
    console.log(
      `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`,
    );
  }
}
