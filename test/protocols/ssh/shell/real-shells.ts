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

/** In the folder of the run whose `bin` the program was found in. */
const ownLog = `"\${0%/bin/*}/log"`;

/**
 * Folders where shells find nothing but programs that write down their own names, and the tools
 * above: one for each run, so that what an earlier one left behind (`timeout` leaves the process
 * group) writes nothing into a later one's. Texts given to it must name no absolute path.
 */
export class RealShells {
  readonly #root = mkdtempSync(path.join(os.tmpdir(), 'hoopx-shells-'));
  readonly #bin = path.join(this.#root, 'bin');
  #runs = 0;

  constructor() {
    mkdirSync(this.#bin);
    for (const marker of markers) addProgram(path.join(this.#bin, marker), ownLog);
    for (const tool of tools) {
      const real = ['/usr/bin', '/bin'].map((dir) => path.join(dir, tool)).find(existsSync);
      if (real !== undefined) symlinkSync(real, path.join(this.#bin, tool));
    }
  }

  /** What ran, by name, when the shell was given the text as sshd gives it. */
  async run(argv: readonly string[], text: string): Promise<readonly string[]> {
    this.#runs += 1;
    const folder = path.join(this.#root, String(this.#runs));
    const log = path.join(folder, 'log');
    const work = path.join(folder, 'work');
    const bin = path.join(folder, 'bin');
    mkdirSync(work, { recursive: true });
    symlinkSync(this.#bin, bin);
    for (const name of ['m1', 'rm', 'f']) addProgram(path.join(work, name), `'${log}'`);
    await ended(argv, text, work, bin);
    const ran = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [];
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    return [...new Set(ran)];
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function addProgram(file: string, log: string): void {
  writeFileSync(file, `#!/usr/bin/dash\nprintf '%s\\n' "\${0##*/}" >> ${log}\n`);
  chmodSync(file, 0o755);
}

async function ended(argv: readonly string[], text: string, cwd: string, bin: string) {
  const [file = '', ...args] = argv;
  const child = spawn(file, [...args, '-c', text], {
    cwd,
    env: { PATH: bin, HOME: cwd },
    stdio: 'ignore',
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} does not start`);
  const limit = setTimeout(() => process.kill(-pid, 'SIGKILL'), 3000);
  await once(child, 'exit');
  clearTimeout(limit);
  await settled(pid);
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
