import type { Observe } from '../../db/observe.ts';
import type { CallObserver } from './tracing.port.ts';

/** Statements as spans say them, by the names of OpenTelemetry. Neither text nor values: these may be secrets. */
export const observedStatements =
  (calls: CallObserver): Observe =>
  ({ operation, summary }) => {
    const ended = calls.begin();
    if (!ended) return undefined;
    return (error) => {
      const code = (error as { code?: unknown } | undefined)?.code;
      ended({
        name: summary,
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': operation,
          'db.query.summary': summary,
          ...(typeof code === 'string' ? { 'db.response.status_code': code, 'error.type': code } : {}),
        },
        ...(error === undefined ? {} : { error: typeof code === 'string' ? `SQLSTATE ${code}` : 'failed' }),
      });
    };
  };
