import { Verified } from '../answers.schema.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import type { CommonOptions, Context } from '../run.ts';
import { plural, styled } from '../text.ts';

export async function verify({ screen, config }: Context, options: CommonOptions): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const answer = await client.read(Verified, '/v1/ledger/verify');
  screen.data(answer);
  const { held, refused } = answer.checkpoints ?? { held: 0, refused: 0 };
  screen.say([
    answer.ok ? styled('green', 'The ledger is whole') : styled('red', 'The ledger is NOT whole'),
    `: ${plural(answer.facts, 'fact')}, head ${answer.head}`,
  ]);
  screen.say(
    `  ${plural(held, 'checkpoint')} held${refused > 0 ? `, ${refused} refused: not signed by our key` : ''}`,
  );
  if (answer.ok) return EXIT.ok;
  if (answer.brokenAt !== undefined) screen.say(`  broken at fact ${answer.brokenAt}`);
  screen.note('What to do: keep the database as it is, and compare it with a backup and the checkpoints.');
  return EXIT.failed;
}
