import { RE2JS, RE2JSException } from 're2js';
import { broken, type Condition, type Report } from './condition.ts';

const maxSource = 1000;

/** RE2 syntax: no construct in it can take more than linear time in the text. */
export type LinearPattern = (text: string) => boolean;

/** Throws an `Error` whose message is fit for the author of the pattern. */
export function compilePattern(source: string): LinearPattern {
  if (source.length > maxSource) throw new Error(`a pattern has at most ${maxSource} characters`);
  try {
    const pattern = RE2JS.compile(source);
    return (text) => pattern.test(text);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new Error(error.message.replace(/^error parsing regexp: /, 'not RE2 syntax: '), {
      cause: error,
    });
  }
}

/** A pattern over the operation's whole text, unanchored. */
export function patternCondition(source: string, report: Report): Condition {
  let matches: LinearPattern;
  try {
    matches = compilePattern(source);
  } catch (error) {
    report(['pattern'], error instanceof Error ? error.message : String(error));
    return broken('pattern');
  }
  return {
    key: 'pattern',
    holds: ({ decidable }) => matches(decidable.text),
    explain: ({ decidable }) =>
      matches(decidable.text) ? `the text matches ${source}` : `the text does not match ${source}`,
  };
}
