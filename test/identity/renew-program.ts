import { storedTokens } from '../../src/identity/stored-tokens.ts';

/** A process of its own that wants a token: `renew-program.ts STATE PROFILE GATEWAY CLOCK-AHEAD-MS`. */
const [state = '', profile = '', gateway = '', ahead = '0'] = process.argv.slice(2);
const clock = () => Date.now() + Number(ahead);
const { token } = await storedTokens({ profile, gateway }, { state, clock }).current();
process.stdout.write(token);
