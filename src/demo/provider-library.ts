type Library = typeof import('oidc-provider');

/**
 * Imports the provider's library without its remark on standard error that it would like a
 * newer Node.js than the oldest one that hoopx runs on; it works on both.
 */
export async function loadProviderLibrary(): Promise<Library> {
  const output = globalThis.console;
  const { warn } = output;
  output.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
  };
  try {
    return await import('oidc-provider');
  } finally {
    output.warn = warn;
  }
}
