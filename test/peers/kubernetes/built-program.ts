import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('build.sh', import.meta.url));

/** Where `build.sh` has put it; null until that was run. */
export function builtProgram(
  name: 'kube-apiserver' | 'hoopx-kubelet' | 'hoopx-kube-samples',
): string | null {
  const { stdout } = spawnSync(script, ['--find'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').find((file) => file.endsWith(`/${name}`)) ?? null;
}
