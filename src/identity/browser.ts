import { spawn } from 'node:child_process';

/** Opens a web page, if the system can. Never fails: the address was printed too. */
export function openBrowser(url: string): void {
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return;
  const [command, ...words] = opener(process.platform);
  const child = spawn(command, [...words, href], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

function opener(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}
