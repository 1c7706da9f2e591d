import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Cluster } from './cluster.ts';

/** Waits until the pipe is closed; `$2…` are what is to be removed. */
const script = `cat >/dev/null
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
fi
shift
[ $# -eq 0 ] || rm -rf "$@"`;

export interface Reaper {
  /** Does it now, and is gone. Does nothing more than wait when all is ended and removed. */
  reap(): Promise<void>;
}

/**
 * A shell that ends the cluster and removes `folders` as soon as this process is gone,
 * however it went: SIGKILL runs no exit handler, but it closes the pipe.
 */
export function reapWhenGone(cluster: Cluster, folders: readonly string[]): Reaper {
  const child = spawn('sh', ['-c', script, 'reaper', cluster.data, ...folders], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  const gone = once(child, 'exit');
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    async reap() {
      child.ref();
      child.stdin.end();
      await gone;
    },
  };
}
