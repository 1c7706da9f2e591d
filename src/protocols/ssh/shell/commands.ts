import { builtins } from './builtins.ts';
import type { Judge } from './call.ts';
import { copies } from './copies.ts';
import { executors } from './executors.ts';
import type { Gathering } from './gathering.ts';
import { git } from './git.ts';
import { opaquePrograms } from './opaque-programs.ts';
import { riskyPrograms } from './risky-programs.ts';
import { scripted } from './scripted.ts';
import { subcommands } from './subcommands.ts';
import type { ShellWord } from './words.ts';
import { wrappers } from './wrappers.ts';

const judges: ReadonlyMap<string, Judge> = new Map([
  ...opaquePrograms,
  ...riskyPrograms,
  ...subcommands,
  ...scripted,
  ...executors,
  ...copies,
  ...git,
  ...builtins,
  ...wrappers,
]);

/** Gathers what one command is, and those that it is told to start. */
export function judgeCommand(
  words: readonly ShellWord[],
  out: Gathering,
  script: (text: string) => void,
): void {
  out.command(words);
  const name = words[0]?.exact ?? null;
  if (name === null) {
    out.opaque(`an expansion decides which command ${words[0]?.text ?? ''} is`);
  } else if (!/^[^\s=%-][^\s=]*$/.test(name)) {
    out.opaque(`${JSON.stringify(name)} is no ordinary name of a command`);
  } else {
    judgeOf(name)?.({
      name,
      args: words.slice(1),
      out,
      script,
      run: (inner) => {
        out.line(`runs ${inner.map((word) => word.text).join(' ')}`);
        out.within(() => judgeCommand(inner, out, script));
      },
    });
  }
}

/** Builds of these have names of their own: `bash-static`, `busybox.static`. */
const builds = /^(busybox|toybox|[bd]ash|zsh|ksh|python|perl|ruby|node|php|lua)[\d.]*[-._]/;
const loader = /^ld(?:-[\w-]+)?\.so/;

/**
 * By the last segment of the name, in lower case, because some file systems do not tell cases
 * apart; then without a version (`python3.11`), or the `g` that BSD puts before GNU's programs.
 */
function judgeOf(name: string): Judge | undefined {
  const program = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  if (loader.test(program)) return judges.get('ld.so');
  const plain = program.replace(/[-.]?\d[\d.]*$/, '').replace(/\.exe$/, '');
  const candidates = [
    ...[program, plain, plain.replace(/^g/, ''), plain.replace(/^git-.*/, 'git-*')],
    builds.exec(program)?.[1] ?? program,
  ];
  for (const one of candidates) {
    const judge = judges.get(one);
    if (judge !== undefined) return judge;
  }
  return undefined;
}
