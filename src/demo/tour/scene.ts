import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDemoNote } from '../../config/client-demo-note.ts';
import { processEnvironment } from '../../config/environment.ts';
import { type ControlClient, createControlClient } from '../../control/client.ts';
import type { RequestView } from '../../control/contract.ts';
import { storedTokens } from '../../identity/stored-tokens.ts';
import { type Program, programCommand } from '../invocation.ts';
import type { Demo } from '../start-demo.ts';
import type { Style } from '../style.ts';
import { type PersonOptions, type Run, runAs } from './person.ts';

export interface TourOptions {
  readonly demo: Demo;
  readonly program: Program;
  /** Whether there is one; it is played with `hoopx exec` else. */
  readonly psql: boolean;
  readonly style: Style;
  readonly columns: number;
  readonly say: (line: string) => void;
  /** Lets a person read, for about so long; returns at once where nobody does. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly card: (request: RequestView, columns: number) => string;
  readonly signal: AbortSignal;
}

/** What the steps of the tour have at hand. */
export interface Scene extends TourOptions {
  /** Types a command as somebody, in the tour's own home: the user's logins are not touched. */
  type(who: string, args: readonly string[]): Run;
  /** The gateway's API as the reviewer who is logged in there. */
  readonly reviewer: ControlClient;
  readonly engineer: ControlClient;
  /** An indented line, as of a terminal. */
  show(line: string): void;
  /** Ends what still runs; nothing of it is shown any more. */
  leave(): Promise<void>;
}

export const profiles = { engineer: 'default', reviewer: 'reviewer' } as const;

export async function setScene(options: TourOptions): Promise<Scene> {
  const { demo, style, say } = options;
  const { folder, gateway, provider } = demo;
  const config = path.join(folder.tour, 'config');
  const state = path.join(folder.tour, 'state');
  const paths = { config: path.join(config, 'hoopx'), state: path.join(state, 'hoopx') };
  const { ca } = folder;
  await writeDemoNote(paths, {
    ...{ gateway, ca, dir: folder.dir, issuer: provider.issuer },
    pid: process.pid,
    startedAt: Date.now(),
  });
  const authority = await readFile(ca, 'utf8');
  const clientOf = (profile: string) => {
    const tokens = storedTokens({ profile, gateway }, { state: paths.state, clock: Date.now });
    const token = async () => (await tokens.current()).token;
    return createControlClient({ url: gateway, ca: authority, token });
  };
  const show = (line: string) => say(`  ${style.dim('│')} ${line}`);
  const leaving = new AbortController();
  const runs: Run[] = [];
  const person: PersonOptions = {
    command: programCommand(options.program),
    environment: environmentIn(folder.tour, config, state),
    cwd: folder.tour,
    signal: AbortSignal.any([options.signal, leaving.signal]),
    onLine: (line) => {
      if (!leaving.signal.aborted) show(line);
    },
  };
  return {
    ...options,
    show,
    reviewer: clientOf(profiles.reviewer),
    engineer: clientOf(profiles.engineer),
    type(who, args) {
      say(`  ${style.dim(`${who} $`)} ${style.command(`hoopx ${args.map(shellWord).join(' ')}`)}`);
      const run = runAs(person, args);
      runs.push(run);
      return run;
    },
    async leave() {
      leaving.abort();
      await Promise.all(runs.map(({ ended }) => ended));
    },
  };
}

/** Without what would lead hoopx or psql elsewhere. */
function environmentIn(home: string, config: string, state: string): Record<string, string> {
  const kept = Object.entries(processEnvironment()).flatMap(([name, value]) =>
    value === undefined || /^(HOOPX_|PG)/.test(name) ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CONFIG_HOME: config,
    XDG_STATE_HOME: state,
    HOOPX_CREDENTIALS: 'file',
  };
}

function shellWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `"${word}"`;
}
