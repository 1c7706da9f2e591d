import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Login extends HoopxCommand {
  static override summary = 'log in to a gateway, through a browser on this machine or another';

  static override examples = [
    '<%= config.bin %> login --gateway https://hoopx.example.com',
    '<%= config.bin %> login --profile reviewer --no-browser',
    '<%= config.bin %> login --as engineer',
  ];

  static override flags = {
    'no-browser': boolean({
      description: 'print the address and the code only',
      env: 'HOOPX_NO_BROWSER',
    }),
    identity: string({
      description: "which of the gateway's identity providers; its first unless given",
      helpValue: 'NAME',
      env: 'HOOPX_IDENTITY',
    }),
    as: string({
      description: 'an account of a running `hoopx dev`, without a browser',
      helpValue: 'NAME',
      env: 'HOOPX_AS',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Login);
    const context = await this.context(flags);
    const { logIn } = await import('../src/cli/log-in.ts');
    const record = await logIn(context, {
      identity: flags.identity ?? null,
      as: flags.as ?? null,
      browser: !flags['no-browser'],
      signal: this.interruption(),
    });
    const { describeLogin, reportLogin } = await import('../src/cli/login-report.ts');
    const report = reportLogin(record, Date.now());
    if (flags.json) this.printJson(report);
    else this.log(['Logged in.', ...describeLogin(report, Date.now())].join('\n'));
    if (context.tokens.kind === 'login') return;
    context.stderr('Commands use HOOPX_TOKEN or the token file instead, while it is set.');
  }
}
