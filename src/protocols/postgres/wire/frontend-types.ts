import { typeTable } from './type-table.ts';

/** First byte of what a client sends after startup (PostgreSQL documentation, 55.7). */
export const frontendType = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  describe: 0x44,
  execute: 0x45,
  flush: 0x48,
  functionCall: 0x46,
  parse: 0x50,
  /** PasswordMessage, SASLInitialResponse, SASLResponse, GSSResponse: which one depends on the state. */
  authentication: 0x70,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const;

export const isFrontendType = typeTable(Object.values(frontendType));
