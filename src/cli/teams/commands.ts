import { Option, type Command } from 'commander';
import { TOKEN_DAYS } from '../../domain/teams/token-lifetime.ts';
import { wholeNumber } from '../core/option-values.ts';
import { run } from '../core/run-command.ts';
import { ROLE_WORDS } from './user.ts';

const parseDays = wholeNumber('whole days', TOKEN_DAYS.min, TOKEN_DAYS.max);

const OVER_THE_GATEWAY = `
Asks the gateway of GATEWAY_URL with the token GATEWAY_TOKEN, which must be that of an admin of the team or of an operator;
else the one that npm start runs over the same data directory.
`;

const OPERATOR_TOKEN = `
With --operator it makes the user an operator, who may manage all teams, users and tokens. That needs no gateway and no token:
it writes to the database on the connection of the owner of the tables (DATABASE_DIRECT_URL beside DATABASE_URL), and so
makes the first operator of an installation. Any other token is made over the gateway:
${OVER_THE_GATEWAY}
Standard output gets the token alone, for example for: TOKEN=$(throughline token create …)
`;

function teamOption(conflicts: readonly string[] = []): Option {
  return new Option('--team <slug>', 'the team; your only one by default').conflicts([
    ...conflicts,
  ]);
}

/** Adds the commands `team`, `user` and `token`. */
export function addTeamCommands(program: Command): void {
  addTeam(program.command('team').description('Manage teams.'));
  addUser(program.command('user').description('Manage who may use a team.'));
  addToken(program.command('token').description('Manage access tokens.'));
}

function addTeam(team: Command): void {
  team
    .command('create')
    .description('Create a team; for operators.')
    .argument('<slug>', 'short name: small letters, digits and hyphens')
    .option('--name <text>', 'display name (default: the slug)')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./team.ts')).createTeamCommand));
  team
    .command('list')
    .description('List your teams; all of them for operators.')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./team.ts')).listTeamsCommand));
  team
    .command('rename')
    .description('Give a team another name or slug; for its admins and operators.')
    .argument('<slug>', 'the team')
    .option('--name <text>', 'the new display name')
    .option('--slug <slug>', 'the new slug')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./team.ts')).renameTeamCommand));
}

function addUser(user: Command): void {
  user
    .command('add')
    .description('Give a user a role in a team, or another role; for its admins and operators.')
    .argument('<email>', 'email address of the user')
    .addOption(teamOption())
    .option('--name <text>', 'display name of a user who is new (default: the address)')
    .addOption(new Option('--role <role>', 'role').choices(ROLE_WORDS).default('viewer'))
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./user.ts')).addUserCommand));
  user
    .command('list')
    .description('List the users of a team, or the operators.')
    .addOption(teamOption(['operator']))
    .option('--operator', 'the operators instead; for operators', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./user.ts')).listUsersCommand));
  user
    .command('remove')
    .description('Remove a user from a team; the tokens for it stop working at once.')
    .argument('<email>', 'email address of the user')
    .addOption(teamOption(['operator']))
    .option('--operator', 'take the role of an operator away instead; for operators', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./user.ts')).removeUserCommand));
}

function addToken(token: Command): void {
  token
    .command('create')
    .description('Create an access token and show it this once.')
    .requiredOption('--user <email>', 'email address of the user in whose name it acts')
    .addOption(teamOption(['operator']))
    .addOption(
      new Option('--operator', 'make the user an operator, on the connection of the owner')
        .default(false)
        .conflicts(['team', 'role']),
    )
    .option('--name <text>', 'what it is for', 'cli')
    .addOption(
      new Option(
        '--role <role>',
        'the most that it may do (default: the role of the user)',
      ).choices(ROLE_WORDS),
    )
    .option(
      '--days <n>',
      `days until it expires (${TOKEN_DAYS.min} to ${TOKEN_DAYS.max})`,
      parseDays,
      TOKEN_DAYS.default,
    )
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OPERATOR_TOKEN)
    .action(run(async () => (await import('./token.ts')).createTokenCommand));
  token
    .command('list')
    .description('List the access tokens that open a team, with role, expiry and last use.')
    .addOption(teamOption(['operator']))
    .option('--operator', 'those of operators instead; for operators', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./token.ts')).listTokensCommand));
  token
    .command('revoke')
    .description('Revoke an access token, which stops working at once.')
    .argument('<id>', 'id of the token, as the list shows it')
    .addOption(teamOption(['operator']))
    .option('--operator', 'a token of an operator, or one for all teams; for operators', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', OVER_THE_GATEWAY)
    .action(run(async () => (await import('./token.ts')).revokeTokenCommand));
}
