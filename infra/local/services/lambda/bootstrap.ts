/**
 * What a function finds when it starts: Lambda's context, timers in the function's own time, `fetch`, and an SDK whose
 * commands go to the embedded AWS. JavaScript, because it runs in the function's realm and its promises have to be
 * made there.
 */
export const BOOTSTRAP = `'use strict';
const runtime = (() => {
  const timers = new Map();
  const state = { isOver: false, error: undefined, nowMs: 0, log: [] };
  let made = 0;
  const report = () => {
    const next = [...timers.values()].reduce((a, b) => (a === undefined || b.atMs < a.atMs ? b : a), undefined);
    return JSON.stringify({ ...state, nextAtMs: next && next.atMs });
  };
  globalThis.setTimeout = (run, ms, ...args) => {
    made += 1;
    timers.set(made, { id: made, atMs: state.nowMs + Math.max(0, Number(ms) || 0), run: () => run(...args) });
    return made;
  };
  globalThis.clearTimeout = (id) => void timers.delete(id);
  const line = (...parts) =>
    void state.log.push(parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '));
  globalThis.console = { log: line, info: line, warn: line, error: line, debug: line };
  globalThis.fetch = (url, { method = 'GET', body = '' } = {}) =>
    new Promise((resolve) => {
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      const status = outside.fetch(method, String(url), text);
      resolve({ ok: status >= 200 && status < 300, status });
    });
  const failure = ({ name, message }) => Object.assign(new Error(message), { name });
  const send = (client, config, { operation, input }) =>
    new Promise((resolve, reject) => {
      const { accessKeyId } = config.credentials || {};
      const answer = JSON.parse(outside.aws(JSON.stringify({ client, operation, input, accessKeyId })));
      if (answer.error) reject(failure(answer.error));
      else resolve(answer.output);
    });
  const sdk = (client) =>
    new Proxy({}, {
      get: (_target, member) => {
        if (/Command$/.test(member))
          return class { constructor(input = {}) { Object.assign(this, { operation: member.slice(0, -7), input }); } };
        if (/Client$/.test(member))
          return class { constructor(config = {}) { this.send = (command) => send(client, config, command); } };
        return undefined;
      },
    });
  const require = (name) => {
    const [, client] = /^@aws-sdk\\/client-([a-z0-9-]+)$/.exec(name) || [];
    if (client === undefined) throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' });
    return sdk(client);
  };
  const end = (error) => {
    state.isOver = true;
    if (error) state.error = { name: String(error.name), message: String(error.message) };
  };
  return {
    start() {
      const { event, timeoutMs, about, environment } = JSON.parse(job);
      globalThis.process = { env: environment };
      const module = { exports: {} };
      load(module.exports, require, module);
      const context = { ...about, getRemainingTimeInMillis: () => timeoutMs - state.nowMs };
      const { handler } = module.exports;
      new Promise((resolve) => resolve(handler(event, context))).then(() => end(), (error) => end(error || new Error('rejected')));
      return undefined;
    },
    fire() {
      const next = [...timers.values()].reduce((a, b) => (b.atMs < a.atMs ? b : a));
      timers.delete(next.id);
      state.nowMs = Math.max(state.nowMs, next.atMs);
      next.run();
    },
    report,
  };
})();
`;
