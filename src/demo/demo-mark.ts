import { readIfPresent, writePrivateFile } from '../config/private-file.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import type { DemoFolder } from './demo-folder.ts';

/** The parts of the configuration that are others at each start. */
export interface DemoAddresses {
  /** HOST:PORT as in `gateway.listen`. */
  readonly listen: string;
  readonly issuer: string;
  readonly postgresPort: number;
}

interface Mark {
  /** Null when no demo runs there. */
  readonly pid: number | null;
  readonly addresses: DemoAddresses | null;
}

/** @throws UserError DEMO_RUNNING (64) when another process has its demo there */
export async function takeFolder(folder: DemoFolder, pid: number): Promise<DemoAddresses | null> {
  const { pid: other, addresses } = await readMark(folder);
  if (other !== null && other !== pid && isRunning(other)) {
    throw new UserError(`a demo runs in ${folder.dir} already (process ${other})`, {
      code: 'DEMO_RUNNING',
      exitCode: exitCodes.usage,
      hint: 'Use it, end it, or give another --dir.',
    });
  }
  await writeMark(folder, { pid, addresses });
  return addresses;
}

export async function noteAddresses(
  folder: DemoFolder,
  pid: number,
  addresses: DemoAddresses,
): Promise<void> {
  await writeMark(folder, { pid, addresses });
}

export async function leaveFolder(folder: DemoFolder): Promise<void> {
  await writeMark(folder, { ...(await readMark(folder)), pid: null });
}

async function writeMark(folder: DemoFolder, mark: Mark): Promise<void> {
  await writePrivateFile(folder.mark, `${JSON.stringify(mark)}\n`);
}

async function readMark({ mark }: DemoFolder): Promise<Mark> {
  const none = { pid: null, addresses: null };
  const text = await readIfPresent(mark);
  if (text === null) return none;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return none;
    const { pid, addresses }: Record<string, unknown> = { ...value };
    return {
      pid: typeof pid === 'number' ? pid : null,
      addresses: isAddresses(addresses) ? addresses : null,
    };
  } catch {
    return none;
  }
}

function isAddresses(value: unknown): value is DemoAddresses {
  if (typeof value !== 'object' || value === null) return false;
  const { listen, issuer, postgresPort }: Partial<Record<keyof DemoAddresses, unknown>> = value;
  return (
    [listen, issuer].every((each) => typeof each === 'string') && Number.isInteger(postgresPort)
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
