import type { Command } from 'commander';
import { connects, examples, runs } from './declare.ts';

/** Who somebody is. */
export function signInCommands(program: Command): void {
  program.commandsGroup('Sign-in:');
  const login = program
    .command('login')
    .description('Sign in with the identity provider of the service, by a code that you type in a browser.')
    .option('--issuer <url>', 'identity provider (default: what the service says)')
    .option('--client-id <id>', 'client of the command line (default: what the service says)')
    .option('--scope <scopes>', 'what to ask for (default: what the service says)')
    .option('--audience <audience>', 'whom the token is for (default: what the service says)')
    .action(runs(async () => (await import('./commands/sign-in.ts')).login));
  examples(connects(login), [
    'jetway login --url https://jetway.example.com',
    'jetway login --as ana@example.com --as-team payments --as-role requester',
  ]);
  const logout = program
    .command('logout')
    .description('Forget the sign-in at a service, and revoke it where the provider can.')
    .action(runs(async () => (await import('./commands/sign-in.ts')).logout));
  examples(connects(logout), ['jetway logout']);
}
