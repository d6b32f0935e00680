import { type CommandResult, type ProcessUser, runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** Runs a program to its end, as `runCommand` does. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<CommandResult>;

/** How a system account is made: shadow's tool, the same where the group is already there, and busybox's tool. */
const WAYS_TO_CREATE = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/bin/false'],
  ['useradd', '--system', '--no-create-home', '--shell', '/bin/false', '--gid'],
  ['adduser', '-S', '-D', '-H', '-s', '/bin/false'],
] as const;

/**
 * Finds the account `name`, and makes it when it is missing, which only root can. Throws SetupError when neither
 * works.
 */
export async function findOrCreateUser(
  name: string,
  run: RunProgram = runCommand,
): Promise<ProcessUser> {
  const found = await findUser(name, run);
  if (found !== undefined) {
    return found;
  }
  const complaints: string[] = [];
  for (const [program, ...args] of WAYS_TO_CREATE) {
    const gid = args.at(-1) === '--gid' ? [name] : [];
    const { output } = await run(program, [...args, ...gid, name]);
    complaints.push(`${program}: ${output}`);
    const made = await findUser(name, run);
    if (made !== undefined) {
      return made;
    }
  }
  throw new SetupError(
    `PostgreSQL refuses to run as root, and user ${name} could not be made (${complaints[0]}); ` +
      `make it (useradd --system ${name}), run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function findUser(name: string, run: RunProgram): Promise<ProcessUser | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  const user = { uid: Number(uid.output), gid: Number(gid.output) };
  const usable = uid.exitCode === 0 && gid.exitCode === 0 && user.uid > 0;
  return usable ? user : undefined;
}
