import { string } from '@oclif/core/flags';
import type { ClientContext } from '../client-context.ts';

/** For commands that read one recording. */
export const recordingFlags = {
  file: string({
    description: 'read it from there, without a gateway: the folder of a recording',
    helpValue: 'PATH',
    env: 'HOOPX_RECORDING',
  }),
  identity: string({
    description: 'file with the age identity that an encrypted recording is for; it stays here',
    helpValue: 'FILE',
    env: 'HOOPX_AGE_IDENTITY',
  }),
};

interface RecordingChoice {
  readonly id: string | undefined;
  readonly file: string | undefined;
  readonly identity: string | undefined;
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** Opens the recording that a command was given. @throws UserError */
export async function chosenRecording(
  { id, file, identity, follow = false, signal }: RecordingChoice,
  context: () => Promise<ClientContext>,
) {
  const { fileSource, gatewaySource } = await import('./recording-source.ts');
  const { openRecording } = await import('./open-recording.ts');
  if (file !== undefined) return openRecording(await fileSource(file), identity);
  if (id === undefined) throw await nothingChosen();
  const control = await (await context()).control();
  return openRecording(gatewaySource(control, id, signal), identity, follow);
}

async function nothingChosen(): Promise<Error> {
  const { UserError } = await import('../../core/user-error.ts');
  const { exitCodes } = await import('../../core/exit-codes.ts');
  return new UserError('which recording?', {
    ...{ code: 'USAGE', exitCode: exitCodes.usage },
    hint: 'Name the session, from `hoopx sessions list --ended`, or a folder with --file.',
  });
}
