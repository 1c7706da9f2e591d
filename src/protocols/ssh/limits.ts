export interface SshLimits {
  /** Channels of one connection that are open at the same time. */
  readonly maxChannels: number;
  /** Channels of one connection by which the server uses what is lent to it, besides those. */
  readonly maxLentChannels: number;
  /** Opens that the client waits for an answer to, in one connection. */
  readonly maxUndecidedOpens: number;
  /** Input of a claimable command, which must all be inside its digest. */
  readonly maxReviewedInputBytes: number;
  /** How long a claimable command may take to send all its input. */
  readonly inputTimeMs: number;
  /** Names and values of environment variables of one channel, together. */
  readonly maxEnvironmentBytes: number;
  /** Keys are exchanged anew after so many bytes, and after so long. */
  readonly rekeyBytes: number;
  readonly rekeyMs: number;
  /** From the first byte to a finished login, for either side. */
  readonly loginMs: number;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const defaultLimits: SshLimits = {
  maxChannels: 64,
  maxLentChannels: 32,
  maxUndecidedOpens: 16,
  maxReviewedInputBytes: mebibyte,
  inputTimeMs: 10_000,
  maxEnvironmentBytes: 32 * kibibyte,
  rekeyBytes: 1024 * mebibyte,
  rekeyMs: 3_600_000,
  loginMs: 30_000,
};
