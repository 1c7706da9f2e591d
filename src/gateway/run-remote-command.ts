/** For `hoopx exec`, which gets its SSH client handed in: it loads it only when it needs it. */
export { runRemoteCommand } from '../protocols/ssh/command-client.ts';
