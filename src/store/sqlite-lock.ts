import Database from 'libsql';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { openPrivateFile } from './private-file.ts';

/**
 * Keeps a second gateway off the same store. Held through a transaction on an empty database
 * beside it, whose lock the system drops when the process dies, however it dies. The store
 * itself stays free to be read and backed up by other programs.
 */
export function lockStore(path: string): () => void {
  const file = `${path}.lock`;
  openPrivateFile(file);
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new UserError(`another gateway is using the store ${path}`, {
      code: 'STORE_IN_USE',
      exitCode: exitCodes.badConfiguration,
      hint: 'Stop that gateway, or give this one a store of its own.',
      cause,
    });
  }
  return () => {
    lock.exec('ROLLBACK');
    lock.close();
  };
}
