import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Room kept back, so that on a full disk it can still be noted that something may go. */
export interface Reserve {
  release(): Promise<void>;
  /** Where there is room for it again. */
  restore(): Promise<void>;
}

const reserveBytes = 64 * 1024;

export function createReserve(folder: string): Reserve {
  const file = path.join(folder, 'reserve');
  const release = () => rm(file, { force: true });
  return {
    release,
    async restore() {
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      if (size === reserveBytes) return;
      // Random: zeros take no room on some disks. A disk with no room now may have some later.
      const content = randomBytes(reserveBytes);
      await writeFile(file, content, { mode: 0o600, flush: true }).catch(release);
    },
  };
}
