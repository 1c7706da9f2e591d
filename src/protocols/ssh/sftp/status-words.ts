const maxTextLength = 200;

/** What a server's STATUS says about a failure; its text is not to be trusted. */
export function failureText(code: number, message: string): string {
  const text = message.slice(0, maxTextLength);
  return text === '' ? `the server answered status ${code}` : `the server answered: ${text}`;
}
