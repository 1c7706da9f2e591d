import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Logout extends HoopxCommand {
  static override summary = 'end a login: here, at the gateway, and at the provider';

  static override examples = [
    '<%= config.bin %> logout',
    '<%= config.bin %> logout --profile reviewer',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout);
    const context = await this.context(flags);
    const { logOut } = await import('../src/cli/log-out.ts');
    const loggedOut = await logOut(context);
    const { gatewayUrl: gateway, profile } = context;
    if (flags.json) this.printJson({ gateway, profile, loggedOut });
    else if (loggedOut) this.log(`Logged out of ${gateway} (profile ${profile}).`);
    else this.log(`There was no login to ${gateway} (profile ${profile}).`);
  }
}
