import type { SshFacts } from '../../../core/facts.ts';

/**
 * Whether all that it puts out is a file transfer's own protocol: scp's, or rsync's far end.
 * A byte more or less would break it, so masks leave it alone.
 */
export function isTransfer({ kinds, commands, redirects, substitutions }: SshFacts): boolean {
  if (kinds.includes('scp')) return true;
  const [only, second] = commands;
  if (only === undefined || second !== undefined || redirects || substitutions) return false;
  return only.name === 'rsync' && only.line.startsWith('rsync --server ');
}
