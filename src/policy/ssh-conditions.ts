import type { ShellCommand, SshFacts } from '../core/facts.ts';
import { compileGlob, compileGlobs } from '../core/glob.ts';
import type { SshMatch } from '../core/rules.ts';
import type { Condition } from './condition.ts';
import {
  type FactsReader,
  hasSome,
  isFlag,
  isOfProtocol,
  isOneOf,
  overSet,
} from './fact-conditions.ts';

const reader: FactsReader<SshFacts> = {
  key: 'ssh',
  read: (facts) => (facts.protocol === 'ssh' ? facts : null),
};

/** What each kind is about; an allow rule that names one of them is about no other kind. */
const subjects = {
  commands: /^(exec|subsystem)$/,
  paths: /^(sftp_|scp$)/,
  forward: /tcpip/,
} as const;

type Subject = keyof typeof subjects;

/**
 * What a rule asks of an SSH request. A key that it leaves out asks nothing, with one exception:
 * an allow rule that names commands has not thought of files and forwardings, whose requests
 * have no commands that would have to be covered, and so on.
 */
export function sshConditions(ssh: SshMatch, every: boolean): Condition[] {
  const conditions: Condition[] = [isOfProtocol(reader), ...(every ? subjectConditions(ssh) : [])];
  const words = (
    key: string,
    wanted: readonly string[] | undefined,
    factsOf: (facts: SshFacts) => readonly string[],
    matches = compileGlobs(wanted ?? []),
  ) => {
    if (wanted === undefined) return;
    conditions.push(overSet({ reader, key, every, wanted, factsOf, matches, show: String }));
  };
  words('kind', ssh.kind, (facts) => facts.kinds, isOneOf(ssh.kind));
  words('class', ssh.class, (facts) => facts.classes, isOneOf(ssh.class));
  if (ssh.commands !== undefined) conditions.push(onCommands(ssh.commands, every));
  words('paths', ssh.paths, (facts) => facts.paths);
  words('forward', ssh.forward, (facts) => facts.forward);
  words('hosts', ssh.hosts, (facts) => facts.hosts);
  words('environment', ssh.environment, (facts) => facts.environment);
  return [
    ...conditions,
    ...isFlag(reader, 'sudo', ssh.sudo, (facts) => facts.sudo),
    ...isFlag(reader, 'redirects', ssh.redirects, (facts) => facts.redirects),
    ...isFlag(reader, 'substitutions', ssh.substitutions, (facts) => facts.substitutions),
    ...isFlag(reader, 'pty', ssh.pty, (facts) => facts.pty),
  ];
}

function subjectConditions(ssh: SshMatch): Condition[] {
  const all: readonly Subject[] = ['commands', 'paths', 'forward'];
  const named = all.filter((subject) => ssh[subject] !== undefined);
  if (named.length === 0) return [];
  const about = (kind: string) => named.some((subject) => subjects[subject].test(kind));
  return [
    ...named.map((subject) => hasSome(reader, subject, (facts) => facts[subject])),
    ...(ssh.kind !== undefined
      ? []
      : [
          overSet({
            reader,
            key: 'kind',
            every: true,
            wanted: named,
            factsOf: ({ kinds }: SshFacts) => kinds,
            matches: about,
            show: String,
          }),
        ]),
  ];
}

function onCommands(wanted: readonly string[], every: boolean): Condition {
  const globs = wanted.map((glob) => compileCommandGlob(glob, every));
  return overSet({
    reader,
    key: 'commands',
    every,
    wanted,
    factsOf: ({ commands }: SshFacts) => commands,
    matches: (command) => globs.some((matches) => matches(command)),
    show: ({ line }: ShellCommand) => line,
  });
}

/**
 * With a space, over name and arguments; without, over the name, whatever the arguments. A name
 * without a slash also means a program that is called by its path, where that makes a rule
 * stricter: `/tmp/ls` is not the `ls` that was allowed.
 */
function compileCommandGlob(glob: string, every: boolean): (command: ShellCommand) => boolean {
  const matches = compileGlob(glob);
  const spelled = (text: string, name: string) =>
    matches(text) || (!every && matches(text.slice(name.lastIndexOf('/') + 1)));
  return glob.includes(' ')
    ? ({ line, name }) => spelled(line, name)
    : ({ name }) => spelled(name, name);
}
