const harmless = /^(LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|NO_COLOR|CLICOLOR|FORCE_COLOR|COLUMNS|LINES)$/;
const plainValue = /^[\w.@:,+/-]*$/;
const frontends: ReadonlySet<string> = new Set(['noninteractive', 'readline', 'text', 'teletype']);

/**
 * Whether a program may be started with this variable without running anything else for it.
 * debconf evaluates DEBIAN_FRONTEND as code, so its values are listed.
 */
export function harmlessInEnvironment(name: string, value: string | null): boolean {
  if (value === null) return false;
  if (name === 'DEBIAN_FRONTEND') return frontends.has(value);
  return harmless.test(name) && plainValue.test(value);
}

/** Lower-case names that shells or programs give a meaning. */
const meaningful: ReadonlySet<string> = new Set([
  ...['path', 'fpath', 'cdpath', 'manpath', 'module_path', 'mailpath', 'argv', 'aliases'],
  ...['galiases', 'saliases', 'functions', 'commands', 'builtins', 'options', 'parameters'],
  ...['nameddirs', 'prompt', 'status', 'histchars', 'auto_resume', 'watch', 'signals'],
]);

/**
 * Whether a shell may set this variable for itself. It reaches programs only if it was exported
 * before, which the names that accounts export for themselves tell: they are upper case.
 */
export function harmlessInShell(name: string, value: string | null): boolean {
  if (harmlessInEnvironment(name, value)) return true;
  return /^[a-z_][a-z0-9_]*$/.test(name) && !meaningful.has(name) && !name.endsWith('_proxy');
}
