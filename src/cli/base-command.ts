import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { boolean, string } from '@oclif/core/flags';
import { type ClientEnvironment, readClientEnvironment } from '../config/client-environment.ts';
import { type ClientContext, type GlobalFlags, openContext } from './client-context.ts';
import { describeFailure, failureJson, failureText, interrupted } from './failure.ts';

/** What every command has in common: global flags, where errors go, exit codes. */
export abstract class HoopxCommand extends Command {
  static override baseFlags = {
    gateway: string({
      description: 'address of the gateway',
      helpValue: 'URL',
      env: 'HOOPX_GATEWAY',
      helpGroup: 'GLOBAL',
    }),
    profile: string({
      description: 'which of your logins to use',
      helpValue: 'NAME',
      env: 'HOOPX_PROFILE',
      default: 'default',
      helpGroup: 'GLOBAL',
    }),
    ca: string({
      description: 'certificate authority of the gateway, PEM; the only one that is then trusted',
      helpValue: 'FILE',
      env: 'HOOPX_CA',
      helpGroup: 'GLOBAL',
    }),
    'token-file': string({
      description: 'read the token from a file, instead of a login; read again when it changes',
      helpValue: 'FILE',
      env: 'HOOPX_TOKEN_FILE',
      helpGroup: 'GLOBAL',
    }),
    json: boolean({
      description: 'print JSON',
      env: 'HOOPX_JSON',
      helpGroup: 'GLOBAL',
    }),
  };

  /** As oclif's `run`, with a configuration that has been read already. */
  static async start(command: Command.Class, argv: string[], config: Config): Promise<void> {
    const started: unknown = Reflect.construct(command, [argv, config]);
    if (!(started instanceof HoopxCommand)) throw new Error(`${command.id} is no command of hoopx`);
    await started._run();
  }

  /** The gateway, the login and the terminal, as the flags and the environment say. */
  protected context(flags: GlobalFlags): Promise<ClientContext> {
    return openContext(flags, this.environment());
  }

  protected environment(): ClientEnvironment {
    return readClientEnvironment();
  }

  /** Aborted by Ctrl-C, with what ends the command with 130. A second one ends the process. */
  protected interruption(): AbortSignal {
    const controller = new AbortController();
    process.once('SIGINT', () => controller.abort(interrupted()));
    return controller.signal;
  }

  /** Aborted by whatever ends a command that stays until it is stopped. A second time ends the process. */
  protected ending(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => controller.abort());
    }
    return controller.signal;
  }

  /** One JSON value on stdout, for `--json`. */
  protected printJson(value: unknown): void {
    this.log(JSON.stringify(value));
  }

  protected override async catch(error: unknown): Promise<void> {
    const failure = describeFailure(error);
    if (failure === null) throw error;
    if (this.asksForJson()) this.log(failureJson(failure));
    else this.logToStderr(failureText(failure));
    if (failure.defect && this.environment().debug) this.logToStderr(failure.stack);
    this.exit(failure.exitCode);
  }

  /** Flags may not have been parsed when something fails. */
  private asksForJson(): boolean {
    const end = this.argv.indexOf('--');
    const own = end === -1 ? this.argv : this.argv.slice(0, end);
    return own.includes('--json') || this.environment().json;
  }
}
