import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { recordingFlags } from '../../src/cli/replay/recording-flags.ts';

export default class SessionsReplay extends HoopxCommand {
  static override summary = 'play the recording of a session in this terminal';

  static override description = `A terminal is shown as it was, SQL and HTTP as a timeline. Space
pauses, the arrows go back and forth, + and - change the speed, n goes to the next operation that
was held or refused, q leaves. Without a terminal the timeline is printed.`;

  static override examples = [
    '<%= config.bin %> sessions replay ses_…',
    '<%= config.bin %> sessions replay ses_… --speed 4 --identity key.txt',
    '<%= config.bin %> sessions replay --file recordings/ses_… | less',
  ];

  static override args = {
    id: stringArg({ description: 'id of the session, from `sessions list --ended`' }),
  };

  static override flags = {
    ...recordingFlags,
    speed: string({
      description: 'how fast: 2 is twice as fast',
      default: '1',
      helpValue: 'TIMES',
      env: 'HOOPX_SPEED',
    }),
    idle: integer({
      description: 'seconds that a pause takes at most',
      default: 2,
      min: 0,
      helpValue: 'SECONDS',
      env: 'HOOPX_IDLE',
    }),
    terminal: integer({
      description: 'which terminal, of a session that has several',
      min: 1,
      helpValue: 'NUMBER',
      env: 'HOOPX_TERMINAL',
    }),
    timeline: boolean({
      description: 'the timeline, also of a session with terminals',
      env: 'HOOPX_TIMELINE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsReplay);
    const { chosenRecording } = await import('../../src/cli/replay/recording-flags.ts');
    const { replay, speedOf } = await import('../../src/cli/replay/replay.ts');
    const { file, identity } = flags;
    const recording = await chosenRecording({ id: args.id, file, identity }, () =>
      this.context(flags),
    );
    await replay(recording, {
      stdin: process.stdin,
      stdout: process.stdout,
      color: process.stdout.isTTY === true && this.environment().color,
      terminal: flags.terminal ?? null,
      timeline: flags.timeline,
      speed: speedOf(flags.speed),
      idle: flags.idle * 1000,
    });
  }
}
