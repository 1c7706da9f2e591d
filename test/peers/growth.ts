import { pause, residentMb } from './running-system.ts';

/** By how many MiB any of these processes has grown at its largest while that ran. */
export async function growth(pids: readonly number[], work: () => Promise<void>): Promise<number> {
  const before = await Promise.all(pids.map((pid) => residentMb(pid)));
  let most = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      const now = await Promise.all(pids.map((pid) => residentMb(pid)));
      most = Math.max(most, ...now.map((size, index) => size - (before[index] ?? 0)));
      await pause(50);
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await watching;
  }
  return most;
}
