import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { peer } from './require-peer.ts';

export interface ChromiumOptions {
  /** Names that lead to this machine, with a certificate that nobody knows. */
  readonly hosts?: readonly string[];
  readonly dark?: boolean;
}

export interface Chromium extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** A real browser without a window, with a profile of its own. */
export async function startChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const executablePath = peer('chromium');
  if (executablePath === null) throw new Error('no chromium');
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-chromium-'));
  const rules = (options.hosts ?? []).map((host) => `MAP ${host} 127.0.0.1`);
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    chromiumSandbox: false,
    ignoreHTTPSErrors: true,
    viewport: { width: 1000, height: 760 },
    colorScheme: options.dark === true ? 'dark' : 'light',
    args: [
      ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
      ...(rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(', ')}`]),
    ],
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
