import {
  type Logger,
  LogLevel,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import { RetryAfter } from '../outbox/retry-after.ts';
import type { MessageBlock } from './block-kit.ts';
import type { SlackApi, SlackMessage } from './slack.port.ts';

/** The relay tries again, with pauses of its own; nothing is tried again in here. */
const CALL_MS = 8_000;
/** A view has to be open within three seconds of the click, and the click is acknowledged after it. */
const VIEW_MS = 2_000;

/** The library would write to the console; what fails is thrown and logged by whoever asked. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** @param apiUrl another Web API than Slack's own, for tests */
export function openSlackApi(botToken: string, apiUrl: string | null): SlackApi {
  const options: WebClientOptions = {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    logger: SILENT,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    // The token goes to Slack and nowhere else.
    fetch: (url, init) => fetch(url, { ...init, redirect: 'error' } as RequestInit),
  };
  const web = new WebClient(botToken, { ...options, timeout: CALL_MS });
  const views = new WebClient(botToken, { ...options, timeout: VIEW_MS });
  return {
    async post(channel, message, thread) {
      const answer = await telling(() =>
        web.chat.postMessage({
          channel,
          ...content(message),
          ...(thread === undefined ? {} : { thread_ts: thread }),
          parse: 'none',
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      if (!answer.channel || !answer.ts) throw new Error('Slack did not say where the message is');
      return { channel: answer.channel, ts: answer.ts };
    },
    async update(channel, ts, message) {
      await telling(
        () => web.chat.update({ channel, ts, ...content(message), parse: 'none' }),
        ['message_not_found'],
      );
    },
    async ephemeral(channel, user, text) {
      await telling(
        () => web.chat.postEphemeral({ channel, user, text, parse: 'none' }),
        ['user_not_in_channel', 'not_in_channel', 'channel_not_found', 'is_archived'],
      );
    },
    async openView(triggerId, view) {
      await telling(() =>
        views.views.open({
          trigger_id: triggerId,
          view: view as Parameters<typeof web.views.open>[0]['view'],
        }),
      );
    },
    async user(id) {
      return (await telling(() => web.users.info({ user: id }))).user;
    },
  };
}

const content = ({ text, blocks }: SlackMessage) => ({ text, blocks: blocks as MessageBlock[] });

/**
 * Errors in our own words: the library's carry the request. @param harmless errors of Slack after which nothing is left to do
 */
async function telling<T extends object>(
  call: () => Promise<T>,
  harmless: readonly string[] = [],
): Promise<Partial<T>> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError)
      throw new RetryAfter(`Slack asks for a pause of ${error.retryAfter} s`, error.retryAfter * 1_000);
    if (error instanceof WebAPIPlatformError) {
      if (harmless.includes(error.data.error)) return {};
      throw new Error(`Slack refuses: ${error.data.error}`);
    }
    throw new Error(`Slack does not answer: ${(error as { code?: string }).code ?? 'unknown'}`);
  }
}
