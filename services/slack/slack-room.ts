import type { Room } from '../chat/room.port.ts';
import { approvalBlocks, escaped, noticeBlocks } from './blocks.ts';
import type { SlackApi } from './slack.port.ts';

/** Slack as a room. A message is found again by the id of its channel and its timestamp. */
export const slackRoom = (api: SlackApi): Room => ({
  async post({ channel }, message, prompt) {
    const posted = await api.post(channel, {
      text: escaped(message.title),
      blocks: approvalBlocks(message, prompt),
    });
    return `${posted.channel}:${posted.ts}`;
  },
  async update(_place, reference, message, prompt) {
    const { channel, ts } = readReference(reference);
    const text = escaped(message.settled ?? message.title);
    await api.update(channel, ts, { text, blocks: approvalBlocks(message, prompt) });
  },
  async notify(place, reference, text, pageUrl) {
    const at = reference === null ? { channel: place.channel, ts: undefined } : readReference(reference);
    await api.post(at.channel, { text: escaped(text), blocks: noticeBlocks(text, pageUrl) }, at.ts);
  },
});

function readReference(reference: string): { channel: string; ts: string } {
  const at = reference.lastIndexOf(':');
  return { channel: reference.slice(0, at), ts: reference.slice(at + 1) };
}
