import { string as stringArg } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { recordingFlags } from '../../src/cli/replay/recording-flags.ts';

export default class SessionsWatch extends HoopxCommand {
  static override summary = 'follow an open session: its timeline, and what its terminals show';

  static override description =
    `From its beginning, until it ends or Ctrl-C. A second behind at most.`;

  static override examples = ['<%= config.bin %> sessions watch ses_…'];

  static override args = {
    id: stringArg({ required: true, description: 'id of the session, from `sessions list`' }),
  };

  static override flags = { identity: recordingFlags.identity };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsWatch);
    const { chosenRecording } = await import('../../src/cli/replay/recording-flags.ts');
    const { watchRecording } = await import('../../src/cli/replay/watch-recording.ts');
    const signal = this.ending();
    const chosen = { id: args.id, file: undefined, identity: flags.identity, follow: true, signal };
    const recording = await chosenRecording(chosen, () => this.context(flags));
    const color = process.stdout.isTTY === true && this.environment().color;
    await watchRecording(recording, { to: process.stdout, color, signal });
  }
}
