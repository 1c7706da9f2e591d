import { type Call, type Judge, strange } from './call.ts';
import { type OptionTable, readOptions } from './options.ts';
import { setsVariable } from './redirections.ts';
import { harmlessInEnvironment } from './variables.ts';
import type { ShellWord } from './words.ts';

interface Wrapper {
  readonly options: OptionTable;
  /** Words before the command: a duration, a mask. */
  readonly words?: number;
  /** `NAME=value` may stand before the command. */
  readonly assignments?: true;
  readonly otherUser?: true;
  /** Whether it does nothing without a command. */
  readonly mayEnd?: false;
}

const table: Readonly<Record<string, Wrapper>> = {
  sudo: {
    options: {
      flags: 'ABbEHklnNPSvVK',
      values: 'uUgpCTrtD',
      longFlags: [
        ...['askpass', 'background', 'bell', 'preserve-env', 'set-home', 'help', 'list', 'stdin'],
        ...['non-interactive', 'no-update', 'preserve-groups', 'reset-timestamp', 'validate'],
        ...['remove-timestamp', 'version'],
      ],
      longValues: ['user', 'other-user', 'group', 'prompt', 'close-from', 'command-timeout'],
    },
    assignments: true,
    otherUser: true,
  },
  doas: { options: { flags: 'n', values: 'u' }, otherUser: true },
  pkexec: {
    options: { longFlags: ['disable-internal-agent', 'keep-cwd'], longValues: ['user'] },
    otherUser: true,
    mayEnd: false,
  },
  gosu: { options: {}, words: 1, otherUser: true },
  'su-exec': { options: {}, words: 1, otherUser: true },
  nice: { options: { values: 'n', longValues: ['adjustment'], words: /^-\d+$/ } },
  nohup: { options: {} },
  time: { options: { flags: 'pvaqlhV', values: 'f', longFlags: ['portability', 'verbose'] } },
  timeout: {
    options: {
      flags: 'fpv',
      values: 'ks',
      longFlags: ['foreground', 'preserve-status', 'verbose'],
      longValues: ['kill-after', 'signal'],
    },
    words: 1,
  },
  stdbuf: { options: { values: 'ioe', longValues: ['input', 'output', 'error'] } },
  ionice: { options: { flags: 't', values: 'cn', longValues: ['class', 'classdata'] } },
  setsid: { options: { flags: 'cfw', longFlags: ['ctty', 'fork', 'wait'] } },
  chrt: { options: { flags: 'abdfiorRv', values: 'TPD' }, words: 1 },
  taskset: { options: { flags: 'ac' }, words: 1 },
  exec: { options: { flags: 'cl' }, mayEnd: false },
  builtin: { options: {} },
  busybox: { options: {}, mayEnd: false },
  toybox: { options: {}, mayEnd: false },
};

function wrapper(spec: Wrapper): Judge {
  return (call) => {
    if (spec.otherUser) call.out.sudo = true;
    const options = readOptions(call.args, spec.options);
    if (options.kind === 'strange') {
      strange(call, options.option);
      return;
    }
    const before = spec.words ?? 0;
    if (options.rest.slice(0, before).some((word) => word.exact === null)) {
      strange(call, options.rest[0]?.text ?? '');
      return;
    }
    const rest = options.rest.slice(before);
    start(call, spec.assignments ? withoutAssignments(call, rest) : rest, spec.mayEnd ?? true);
  };
}

function start(call: Call, words: readonly ShellWord[], mayEnd: boolean): void {
  if (words.length > 0) call.run(words);
  else if (!mayEnd)
    call.out.opaque(`${call.name} without a command changes the shell, or starts one`);
}

function withoutAssignments(call: Call, words: readonly ShellWord[]): readonly ShellWord[] {
  const first = words.findIndex((word) => !/^[^=]+=/.test(word.prefix));
  const assigned = first < 0 ? words : words.slice(0, first);
  for (const word of assigned) {
    const name = word.prefix.slice(0, word.prefix.indexOf('='));
    const value = word.exact?.slice(name.length + 1) ?? null;
    if (!harmlessInEnvironment(name, value)) setsVariable(name, call.out);
  }
  return words.slice(assigned.length);
}

const envOptions: OptionTable = {
  flags: 'i0v',
  values: 'uC',
  longFlags: ['ignore-environment', 'null', 'debug'],
  longValues: ['unset', 'chdir'],
};

const env: Judge = (call) => {
  const options = readOptions(call.args, envOptions);
  if (options.kind === 'strange') {
    strange(call, options.option);
    return;
  }
  for (const { name, value } of options.given) {
    if ((name === 'u' || name === 'unset') && !harmlessInEnvironment(value ?? '', '')) {
      setsVariable(value ?? '', call.out);
    }
  }
  const dash = options.rest[0]?.exact === '-';
  start(call, withoutAssignments(call, dash ? options.rest.slice(1) : options.rest), true);
};

/** `-v` and `-V` only tell what the name stands for. */
const command: Judge = (call) => {
  const options = readOptions(call.args, { flags: 'pvV' });
  if (options.kind === 'strange') strange(call, options.option);
  else if (!options.given.some(({ name }) => name !== 'p')) start(call, options.rest, true);
};

const runuser: Judge = (call) => {
  call.out.sudo = true;
  const options = readOptions(call.args, { values: 'ugG', longValues: ['user', 'group'] });
  const asked = options.kind === 'read' && options.given.some(({ name }) => /^u(ser)?$/.test(name));
  if (options.kind === 'strange') strange(call, options.option);
  else if (asked && options.rest.length > 0) call.run(options.rest);
  else call.out.opaque(`${call.name} starts a shell`);
};

/** Programs that start the command behind their own options: both are judged. */
export const wrappers: readonly [string, Judge][] = [
  ...Object.entries(table).map(([name, spec]): [string, Judge] => [name, wrapper(spec)]),
  ['env', env],
  ['command', command],
  ['runuser', runuser],
];
