import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Odd names too: what one shell takes for syntax, another looks up as a program. */
const markers = [
  ...[
    'rm',
    'm1',
    'm2',
    'm3',
    'x',
    'y',
    'E',
    'a',
    'b',
    'f',
    'in',
    'do',
    'then',
    'done',
    'fi',
    'esac',
  ],
  ...[
    '[[',
    ']]',
    'time',
    'select',
    'function',
    'coproc',
    '{fd}',
    '10',
    '12',
    'a[0]=x',
    'x+=y',
    '}',
  ],
  ...[
    '{m1,m2}',
    '{',
    '!',
    '$m1',
    '$\\x6d1',
    '$x',
    '$',
    '@',
    '-p',
    '-v',
    '=',
    '=m1',
    '%1',
    '#',
    '~',
  ],
  ...['m1 m2', 'é', '\u00a0', 'm\u00a01', 'if', 'while', 'for', 'case', 'until', 'elif', 'else'],
  ...['noglob', 'repeat', 'm*', '*', '?', '&', '&&', ';', '|', '$(m1)', '`m1`', '"', "'", '\\'],
];

/** Real ones, which start what they are told to. */
const tools = [
  ...['env', 'nice', 'nohup', 'timeout', 'stdbuf', 'setsid', 'ionice', 'chrt', 'taskset', 'xargs'],
  ...['find', 'sed', 'awk', 'sort', 'split', 'tar', 'sh', 'bash', 'dash', 'perl', 'git', 'cat'],
];

export const shells: readonly { readonly name: string; readonly argv: readonly string[] }[] = [
  { name: 'bash', argv: ['/usr/bin/bash'] },
  { name: 'bash as sh', argv: ['/usr/bin/bash', '--posix'] },
  { name: 'dash', argv: ['/usr/bin/dash'] },
].filter(({ argv }) => existsSync(argv[0] ?? ''));

/**
 * A folder where shells find nothing but programs that write down their own names, and the tools
 * above. Texts given to it must name no absolute path.
 */
export class RealShells {
  readonly #root = mkdtempSync(path.join(os.tmpdir(), 'hoopx-shells-'));
  readonly #bin = path.join(this.#root, 'bin');
  readonly #log = path.join(this.#root, 'log');
  readonly #work = path.join(this.#root, 'work');

  constructor() {
    mkdirSync(this.#bin);
    for (const marker of markers) this.#program(this.#bin, marker);
    for (const tool of tools) {
      const real = ['/usr/bin', '/bin'].map((dir) => path.join(dir, tool)).find(existsSync);
      if (real !== undefined) symlinkSync(real, path.join(this.#bin, tool));
    }
  }

  #program(folder: string, name: string): void {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/usr/bin/dash\nprintf '%s\\n' "\${0##*/}" >> '${this.#log}'\n`);
    chmodSync(file, 0o755);
  }

  /** What ran, by name, when the shell was given the text as sshd gives it. */
  async run(argv: readonly string[], text: string): Promise<readonly string[]> {
    rmSync(this.#log, { force: true });
    rmSync(this.#work, { recursive: true, force: true });
    mkdirSync(this.#work);
    for (const name of ['m1', 'rm', 'f']) this.#program(this.#work, name);
    const [file = '', ...args] = argv;
    const child = spawn(file, [...args, '-c', text], {
      cwd: this.#work,
      env: { PATH: this.#bin, HOME: this.#work },
      stdio: 'ignore',
      detached: true,
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${file} does not start`);
    const limit = setTimeout(() => process.kill(-pid, 'SIGKILL'), 3000);
    await once(child, 'exit');
    clearTimeout(limit);
    await settled(pid);
    if (!existsSync(this.#log)) return [];
    return [...new Set(readFileSync(this.#log, 'utf8').split('\n').filter(Boolean))];
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** Until what it left in the background has ended too, or is only waiting to be reaped. */
async function settled(pid: number): Promise<void> {
  for (let left = 40; left > 0 && alive(-pid); left -= 1) await sleep(5);
  if (alive(-pid)) process.kill(-pid, 'SIGKILL');
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
