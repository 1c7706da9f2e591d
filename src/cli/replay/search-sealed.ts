import type { ControlClient } from '../../control/client.ts';
import { linesSay } from '../../recording/find-text.ts';
import { openRecording } from './open-recording.ts';
import { gatewaySource } from './recording-source.ts';

/** Whether an encrypted recording says that: it is fetched, decrypted and looked through here. */
export async function sealedRecordingSays(
  control: ControlClient,
  id: string,
  text: string,
  identity: string,
): Promise<boolean> {
  const recording = await openRecording(gatewaySource(control, id), identity);
  const wanted = text.toLowerCase();
  const casts: string[] = [];
  async function* session(): AsyncGenerator<string> {
    for await (const event of recording.events()) {
      if (event.type === 'terminal') casts.push(event.file);
      yield JSON.stringify(event);
    }
  }
  if (await linesSay(session(), wanted)) return true;
  for (const cast of casts) if (await linesSay(recording.cast(cast), wanted)) return true;
  return false;
}
