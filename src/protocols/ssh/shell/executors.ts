import { type Call, each, type Judge } from './call.ts';
import { readOptions } from './options.ts';
import { mayBeOption, type ShellWord } from './words.ts';

const shellNames = [
  ...['sh', 'bash', 'dash', 'ash', 'rbash', 'ksh', 'ksh93', 'mksh', 'lksh', 'oksh', 'pdksh', 'zsh'],
  ...['yash', 'posh', 'osh', 'oil', 'ysh', 'fish', 'csh', 'tcsh', 'elvish', 'nu', 'xonsh', 'pwsh'],
  ...['powershell', 'rc', 'es', 'scsh', 'rksh', 'rzsh', 'hush', 'sash', 'bsh', 'jsh', 'git-shell'],
];

/** Of `-c`, `-lc`, `--command`: the text behind it, shown though it stays opaque. */
function scriptOf(args: readonly ShellWord[]): string | null {
  const at = args.findIndex(
    ({ exact }) => exact === '--command' || (/^-\w*c\w*$/.test(exact ?? '') && exact !== null),
  );
  if (at < 0) return null;
  const text = args.slice(at + 1).find((word) => !mayBeOption(word) || word.exact === null);
  return text?.exact ?? null;
}

function nested(call: Call): void {
  const text = scriptOf(call.args);
  if (text !== null) call.script(text);
}

const shell: Judge = (call) => {
  const only = call.args.length === 1 ? call.args[0]?.exact : null;
  if (only === '--version' && /bash$/.test(call.name)) return;
  call.out.opaque(`${call.name} is a shell: it runs a text, a file or its input`);
  nested(call);
};

const switchUser: Judge = (call) => {
  call.out.sudo = true;
  call.out.opaque(`${call.name} starts a shell of another user`);
  nested(call);
};

const xargs: Judge = (call) => {
  call.out.opaque(`${call.name} starts commands that its input completes`);
  const options = readOptions(call.args, {
    flags: '0oprtx',
    values: 'aEIdLnPs',
    longFlags: ['null', 'open-tty', 'interactive', 'no-run-if-empty', 'verbose', 'exit'],
    longValues: ['arg-file', 'delimiter', 'max-args', 'max-procs', 'max-chars', 'max-lines'],
    words: /^-(?:[ile].*|-(?:replace|eof)(?:=.*)?)$/,
  });
  if (options.kind === 'read' && options.rest.length > 0) call.run(options.rest);
};

const starting: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const changing: ReadonlySet<string> = new Set([
  '-delete',
  '-fprint',
  '-fprint0',
  '-fprintf',
  '-fls',
]);

const find: Judge = (call) => {
  call.args.forEach((word, index) => {
    if (word.exact === null) {
      if (mayBeOption(word)) call.out.opaque(`an expansion may tell ${call.name} what to do`);
    } else if (changing.has(word.exact)) {
      call.out.opaque(`${call.name} changes files that the command does not name`);
    } else if (starting.has(word.exact)) {
      call.out.opaque(`${call.name} starts a command for each file that it finds`);
      const rest = call.args.slice(index + 1);
      const end = rest.findIndex(({ exact }) => exact === ';' || exact === '+');
      const inner = end < 0 ? rest : rest.slice(0, end);
      if (inner.length > 0) call.run(inner);
    }
  });
};

/** Programs whose whole purpose is to start others: opaque, with what can be seen of the others. */
export const executors: readonly [string, Judge][] = [
  ...each(shellNames, shell),
  ...each(['su', 'sudoedit', 'dzdo', 'pfexec', 'calife'], switchUser),
  ['xargs', xargs],
  ['find', find],
];
