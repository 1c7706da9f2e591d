const maxTextLength = 200;

/** What a server's STATUS says; its text is not to be trusted. */
export interface ServerStatus {
  readonly code: number;
  readonly message: string;
}

export function failureText({ code, message }: ServerStatus): string {
  const text = message.slice(0, maxTextLength);
  return text === '' ? `the server answered status ${code}` : `the server answered: ${text}`;
}

/** In the server's own words, where it has any. */
export function serverWords({ code, message }: ServerStatus): string {
  return message === '' ? `status ${code}` : message.slice(0, maxTextLength);
}
