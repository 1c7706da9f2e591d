/**
 * The words behind `--`, exactly as they were given; null when there is no `--`. oclif's own
 * list of them cannot be used: it brings equal words together (`-c A -c B` → `-c -c A B`).
 */
export function wordsAfterDashes(argv: readonly string[]): readonly string[] | null {
  const dashes = argv.indexOf('--');
  return dashes === -1 ? null : argv.slice(dashes + 1);
}
