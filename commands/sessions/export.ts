import { string as stringArg } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { recordingFlags } from '../../src/cli/replay/recording-flags.ts';

export default class SessionsExport extends HoopxCommand {
  static override summary = 'print the recording of a session in a form that other programs read';

  static override description = `Prints NDJSON (--json, which it does by itself), a terminal as
asciicast v3 (--cast), or one page for a browser that needs nothing else (--html). What was
encrypted is decrypted here, and printed in the clear.`;

  static override examples = [
    '<%= config.bin %> sessions export ses_… --html > session.html',
    '<%= config.bin %> sessions export ses_… --cast > session.cast',
    '<%= config.bin %> sessions export --file recordings/ses_… --identity key.txt --json',
  ];

  static override args = {
    id: stringArg({ description: 'id of the session, from `sessions list --ended`' }),
  };

  static override flags = {
    ...recordingFlags,
    cast: boolean({ description: 'a terminal, as asciicast v3', exclusive: ['html', 'json'] }),
    html: boolean({ description: 'one page for a browser', exclusive: ['cast', 'json'] }),
    terminal: integer({
      description: 'which terminal, for --cast',
      default: 1,
      min: 1,
      helpValue: 'NUMBER',
      env: 'HOOPX_TERMINAL',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsExport);
    const { chosenRecording } = await import('../../src/cli/replay/recording-flags.ts');
    const { exportRecording } = await import('../../src/cli/replay/export-recording.ts');
    const { file, identity, terminal } = flags;
    const recording = await chosenRecording({ id: args.id, file, identity }, () =>
      this.context(flags),
    );
    const format = flags.cast ? 'cast' : flags.html ? 'html' : 'json';
    await exportRecording(recording, { format, terminal, to: process.stdout });
  }
}
