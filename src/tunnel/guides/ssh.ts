import type { SshConnectionView } from '../../control/contract.ts';
import { quoteWords } from '../../core/shell-words.ts';
import type { ClientGuide, CommandAsked, LocalProgram, Place } from './client-guide.ts';
import { aliasOf, type SshSetting, type SshTools, sshSettings } from './ssh-settings.ts';

const program = 'ssh';
const install =
  'Install the OpenSSH client. Debian: apt install openssh-client; Fedora: dnf install openssh-clients.';

/**
 * The local `ssh`. By itself it reaches the gateway through `hoopx ssh-proxy`: a pipe that
 * nobody else can open, where a port would be open to the machine.
 */
export function sshGuide(connection: SshConnectionView, tools: SshTools): ClientGuide {
  const argsFor = (place: Place | null, asked: CommandAsked): readonly string[] => [
    ...sshSettings(connection, tools, place).flatMap(option),
    ...(asked.terminal ? ['-t'] : []),
    '--',
    aliasOf(connection),
    // One word: ssh itself would only join them by spaces.
    ...(asked.words.length === 0 ? [] : [quoteWords(asked.words)]),
  ];
  const programFor = (place: Place | null, asked: CommandAsked): LocalProgram => ({
    file: program,
    args: argsFor(place, asked),
    environment: tools.environment,
    install,
  });
  return {
    socketName: 'ssh.sock',
    file: null,
    url: () => null,
    commandLine: (place) => quoteWords([program, ...argsFor(place, nothingAsked)]),
    program: (place, asked) => (asked.words.length === 0 ? null : programFor(place, asked)),
    direct: {
      commandLine: (asked) =>
        [...assignments(tools.environment), quoteWords([program, ...argsFor(null, asked)])].join(
          ' ',
        ),
      program: (asked) => programFor(null, asked),
    },
  };
}

const nothingAsked: CommandAsked = { words: [], terminal: false };

function option([keyword, value]: SshSetting): readonly string[] {
  return ['-o', `${keyword}=${value}`];
}

function assignments(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${quoteWords([value])}`);
}
