import ssh2, { type AnyAuthMethod } from 'ssh2';
import { RefusedError } from '../../core/refusal.ts';
import type { SshLogin } from './target.ts';

/** How the gateway proves itself to a server, in this order. Throws RefusedError for a bad key. */
export function loginMethods(login: SshLogin, username: string): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [];
  const { key, passphrase, agent, password } = login;
  if (key !== null) {
    const secrets = { key: key.reveal(), passphrase: passphrase?.reveal() };
    methods.push({ type: 'publickey', username, key: parsedKey(secrets.key, secrets.passphrase) });
  }
  if (agent !== null) methods.push({ type: 'agent', username, agent });
  if (password !== null) {
    methods.push({ type: 'password', username, password: password.reveal() });
    methods.push({ type: 'keyboard-interactive', username, prompt: answering(password.reveal()) });
  }
  return methods;
}

function parsedKey(text: string, passphrase: string | undefined) {
  const key = ssh2.utils.parseKey(text, passphrase);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  const why = key instanceof Error ? key.message : 'it is a public key';
  throw new RefusedError({
    code: 'UPSTREAM_REFUSED_LOGIN',
    message: `the private key of the connection cannot be used: ${why}`,
  });
}

/** Servers that ask for the password in a dialogue: told once, and only to a hidden question. */
function answering(password: string) {
  let told = false;
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: readonly { readonly echo?: boolean }[],
    answer: (answers: string[]) => void,
  ): void => {
    const [first, ...others] = prompts;
    const asksForIt = first !== undefined && others.length === 0 && first.echo !== true && !told;
    told ||= asksForIt;
    answer(asksForIt ? [password] : prompts.map(() => ''));
  };
}
