import type { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import type { ConfigPath, ConfigProblem } from './config-problem.ts';
import type { SourceDocument } from './source-document.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found, in words, each with its place. */
export function schemaProblems(issues: readonly Issue[], source: SourceDocument): ConfigProblem[] {
  return issues
    .flatMap((issue) => explain(issue, [], source.value))
    .map(({ path, message }) => source.problemAt(path, message));
}

interface Explained {
  readonly path: ConfigPath;
  readonly message: string;
}

function explain(issue: Issue, above: ConfigPath, root: unknown): Explained[] {
  const path = [
    ...above,
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        message: messages[index] ?? issue.message,
      }));
    }
    case 'invalid_union': {
      const branch = issue.errors.find((found) => found.some(isInside));
      if (branch !== undefined) return branch.flatMap((inner) => explain(inner, path, root));
      return [{ path, message: missing(path, root) ?? issue.message }];
    }
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message }));
    case 'invalid_type':
      return [{ path, message: missing(path, root) ?? wrongType(issue, valueAt(root, path)) }];
    case 'invalid_value':
      return [{ path, message: missing(path, root) ?? wrongValue(issue, valueAt(root, path)) }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** The value was of this branch's shape, and wrong further in. */
function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys';
}

function missing(path: ConfigPath, root: unknown): string | null {
  return valueAt(root, path) === undefined ? 'is required' : null;
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
  number: 'a number',
  int: 'a whole number',
};

function wrongType(issue: Extract<Issue, { code: 'invalid_type' }>, value: unknown): string {
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  const expected = words[issue.expected] ?? issue.expected;
  const quote = issue.expected === 'string' && /^(number|boolean)$/.test(typeof value);
  return `must be ${expected}${quote ? '; put it in quotes' : ''}`;
}

function wrongValue(issue: Extract<Issue, { code: 'invalid_value' }>, value: unknown): string {
  const allowed = issue.values.map(String);
  const near = typeof value === 'string' ? nearest(value, allowed) : null;
  const guess = near === null ? '' : `; did you mean ${near}?`;
  return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}${guess}`;
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    return Reflect.get(value, part);
  }, root);
}
