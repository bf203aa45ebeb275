import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** `service` is the name of an api-shapes file, `action` in PascalCase. */
export type SdkCall = {
  service: string;
  action: string;
  input: unknown;
  region: string;
  credentials: Credentials;
};

export type SdkAnswer =
  | { output: unknown }
  | { error: { code: string; message: string; status: number } }
  | { broken: string };

export type SdkBridge = { call(call: SdkCall): SdkAnswer; close(): Promise<void> };

const LONGEST_MS = 60_000;

/**
 * AWS SDK clients for a caller that cannot wait: the engine's calls are synchronous, because each is one transaction
 * with what it records. The clients run in a thread of their own and this one sleeps until they have an answer.
 */
export async function openBridge(url: string): Promise<SdkBridge> {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('sdk-worker.mjs', import.meta.url), {
    workerData: { signal, url },
    // Its notice about later releases is noise here.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  await once(worker, 'message');
  return {
    call(call) {
      const { port1, port2 } = new MessageChannel();
      Atomics.store(signal, 0, 0);
      worker.postMessage({ call, reply: port2 }, [port2]);
      Atomics.wait(signal, 0, 0, LONGEST_MS);
      const received = receiveMessageOnPort(port1);
      port1.close();
      if (!received) throw new Error(`${call.service}:${call.action}: no answer in ${LONGEST_MS} ms`);
      return received.message as SdkAnswer;
    },
    async close() {
      await worker.terminate();
    },
  };
}
