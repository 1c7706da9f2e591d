import { RE2JS, RE2JSException } from 're2js';
import type { Detector, Found } from './detector.ts';
import { indexOfByte, type Text } from './text.ts';

const maxSource = 1000;
/** Of what a pattern finds, in bytes, where a line has not ended yet. */
const longest = 1024;
const newline = 0x0a;

/**
 * A pattern of the configuration, in RE2 syntax, over the UTF-8 bytes of one line at a time.
 * @throws Error whose message is fit for the author of the pattern
 */
export function patternDetector(source: string): Detector {
  const pattern = compile(source);
  return {
    shortest: 1,
    scan(text, from, final, found) {
      let start = from;
      while (start < text.end) {
        const stop = indexOfByte(text.bytes, newline, start, text.end);
        if (stop === -1) break;
        matchLine(pattern, text, start, stop, found);
        start = stop + 1;
      }
      if (final || text.end - start > longest) {
        matchLine(pattern, text, start, text.end, found);
      }
      return final ? text.end : Math.max(start, text.end - longest);
    },
  };
}

/** What is wrong with it; null when nothing is. */
export function patternProblem(source: string): string | null {
  try {
    compile(source);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function matchLine(
  pattern: RE2JS,
  { bytes }: Text,
  start: number,
  stop: number,
  found: Found,
): void {
  const matcher = pattern.matcher(bytes.subarray(start, stop));
  while (matcher.find()) {
    if (matcher.end() > matcher.start()) found.add(start + matcher.start(), start + matcher.end());
  }
}

function compile(source: string): RE2JS {
  if (source.length > maxSource) throw new Error(`a pattern has at most ${maxSource} characters`);
  try {
    const pattern = RE2JS.compile(source);
    if (pattern.test('')) throw new Error('matches the empty text, and so everywhere');
    return pattern;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new Error(error.message.replace(/^error parsing regexp: /, 'not RE2 syntax: '), {
      cause: error,
    });
  }
}
