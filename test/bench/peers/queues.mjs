import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import PgBoss from 'pg-boss';

// Envelopes are put into a queue and worked off by an empty handler, each at its best batch settings.
const { url, name } = JSON.parse(process.argv[2]);
const BATCH = 500;
const batches = (all) =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH));

async function pgboss() {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue('events');
  return async (all) => {
    for (const batch of batches(all))
      await boss.insert(batch.map((body) => ({ name: 'events', data: { body } })));
    for (;;) {
      const jobs = await boss.fetch('events', { batchSize: BATCH });
      if (jobs.length === 0) return;
      await boss.complete(
        'events',
        jobs.map(({ id }) => id),
      );
    }
  };
}

async function graphile() {
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  return async (all) => {
    for (const batch of batches(all))
      await utils.addJobs(batch.map((body) => ({ identifier: 'event', payload: { body } })));
    let left = all.length;
    let finish;
    const finished = new Promise((resolve) => {
      finish = resolve;
    });
    const runner = await run({
      connectionString: url,
      logger,
      concurrency: 24,
      noHandleSignals: true,
      preset: { worker: { localQueue: { size: BATCH }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      taskList: {
        event: async () => {
          left -= 1;
          if (left === 0) finish();
        },
      },
    });
    await finished;
    await runner.stop();
  };
}

const work = await (name === 'pgboss' ? pgboss() : graphile());
process.on('message', async (all) => {
  await work(all);
  process.send('done');
});
process.send('ready');
