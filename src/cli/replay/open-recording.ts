import { readFile } from 'node:fs/promises';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import {
  readEvent,
  readHead,
  type SessionEvent,
  type SessionHead,
} from '../../recording/read-session.ts';
import { UnsealError, unsealed } from '../../recording/unseal.ts';
import { wholeLines } from '../../recording/whole-lines.ts';
import type { RecordingSource } from './recording-source.ts';

/** A recording, decrypted here where it is encrypted. */
export interface OpenRecording {
  readonly head: SessionHead;
  /** All but the head, in order. */
  events(): AsyncIterable<SessionEvent>;
  /** Lines of the asciicast of that name, as a `terminal` event gives it. */
  cast(file: string, follow?: boolean): AsyncIterable<string>;
}

/** `identity`: a file of age identities. @throws UserError for what is no recording */
export async function openRecording(
  source: RecordingSource,
  identity: string | undefined,
  follow = false,
): Promise<OpenRecording> {
  const identities = identity === undefined ? [] : await readIdentities(identity);
  const sealed = (await source.files()).includes('session.ndjson.sealed');

  async function* linesOf(name: string, going: boolean): AsyncGenerator<string> {
    const stored = sealed ? `${name}.sealed` : name;
    try {
      yield* wholeLines(unsealed(source.bytes(stored, going), identities));
    } catch (error) {
      throw error instanceof UnsealError ? unreadable(error) : error;
    }
  }

  const lines = linesOf('session.ndjson', follow);
  const first = await lines.next();
  const head = first.done === true ? null : readHead(first.value);
  if (head === null) {
    throw new UserError(`${source.id} is no recording that this hoopx can read`, {
      ...{ code: 'NO_RECORDING', exitCode: exitCodes.failure },
    });
  }
  return {
    head,
    async *events() {
      for await (const line of lines) {
        const event = readEvent(line);
        if (event !== null) yield event;
      }
    },
    cast: (file, going = false) => linesOf(file, going),
  };
}

async function readIdentities(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      ...{ code: 'NO_IDENTITY', exitCode: exitCodes.usage, cause: error },
    });
  });
  const identities = text.split(/\s+/).filter((word) => word.startsWith('AGE-SECRET-KEY-'));
  if (identities.length > 0) return identities;
  throw new UserError(`${file} holds no age identity`, {
    ...{ code: 'NO_IDENTITY', exitCode: exitCodes.usage },
    hint: 'age-keygen makes one: a line that begins with AGE-SECRET-KEY-1.',
  });
}

function unreadable(error: UnsealError): UserError {
  return new UserError(error.message, {
    ...{ code: error.code, exitCode: exitCodes.failure, cause: error },
    ...(error.code === 'DAMAGED' ? {} : { hint: 'Give --identity FILE: an age identity.' }),
  });
}
