import { spawn } from 'node:child_process';

const script = `cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
fi
rm -rf "$1"`;

/**
 * A shell that ends the cluster in `folder` and removes it as soon as this process is gone,
 * however it went: SIGKILL runs no exit handler, but it closes the pipe.
 */
export function reapWhenGone(folder: string): void {
  const child = spawn('sh', ['-c', script, 'reaper', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
}
