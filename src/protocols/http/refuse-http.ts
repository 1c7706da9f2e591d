import type { Duplex } from 'node:stream';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { awaitEvent } from '../../net/await-event.ts';
import type { Answer } from './faults.ts';
import { rawAnswer } from './raw-answer.ts';

/** Tells an HTTP/1.1 client why it cannot be carried to the gateway, once it has asked. */
export async function refuseHttp(client: Duplex, said: Answer, signal: AbortSignal): Promise<void> {
  absorbErrors(client);
  const asked = awaitEvent(client, ['data', 'end', 'close'], signal);
  client.resume();
  await asked.catch(() => {});
  client.end(rawAnswer(said));
}
