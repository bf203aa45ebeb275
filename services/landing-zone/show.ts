import type { Screen } from '../cli/screen.ts';
import { plural, type Style, styled, type Text } from '../cli/text.ts';
import { type Action, type Item, tallyOf } from './items.ts';

const COLOURS: Record<Action, Style> = { create: 'green', change: 'yellow', keep: 'dim', cannot: 'red' };

/** The plan, line for line. What stays as it is is only counted, unless everything is asked for. */
export function showItems(
  screen: Screen,
  items: readonly Item[],
  { all, at }: { all: boolean; at: (pointer: string) => string },
): void {
  for (const item of items) {
    if (item.action === 'keep' && !all) continue;
    const approval = item.approval ? ' (somebody approves it)' : '';
    screen.say([styled(COLOURS[item.action], item.action.padEnd(8)), item.what, approval]);
    if (item.detail === undefined) continue;
    const place = item.action === 'cannot' && item.pointer !== '' ? `${at(item.pointer)}: ` : '';
    screen.say(`           ${place}${item.detail}`);
  }
}

export function tallyLine(items: readonly Item[]): Text {
  const { create, change, keep, cannot } = tallyOf(items);
  return `${create} to create, ${change} to change, ${keep} as the file says, ${cannot} that cannot be`;
}

export const othersLine = (others: readonly string[]): string =>
  `${plural(others.length, 'unit')} not in the file, left alone: ${others.slice(0, 10).join(', ')}${others.length > 10 ? ', …' : ''}`;
