import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigPath, ConfigProblem } from './config-problem.ts';
import { showPath } from './config-problem.ts';

/** A YAML 1.2 or JSON text as plain values, with the place of each. */
export interface SourceDocument {
  readonly value: unknown;
  /** What is wrong with the text itself; `value` is then of no use. */
  readonly problems: readonly ConfigProblem[];
  /** A problem at that path, or where it would be: the nearest key around it. */
  problemAt(path: ConfigPath, message: string): ConfigProblem;
}

/** Never throws for what the text says. JSON is read as the YAML that it is. */
export function parseSource(text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });

  function problemAt(path: ConfigPath, message: string): ConfigProblem {
    return at(offsetOf(document.contents, path), showPath(path), message);
  }

  function at(offset: number, key: string, message: string): ConfigProblem {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), key, message };
  }

  function offsetOf(root: Node | null, path: ConfigPath): number {
    let node: unknown = root;
    let offset = 0;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document);
      const next = childOf(node, part);
      if (next === null) return offset;
      offset = next.offset ?? offset;
      node = next.node;
    }
    return offset;
  }

  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    at(pos[0], '', message),
  );
  const { value, problem } = problems.length > 0 ? nothing : readValue(() => document.toJS());
  return {
    value,
    problems: problem === null ? problems : [at(0, '', problem)],
    problemAt,
  };
}

const nothing = { value: undefined, problem: null };

/** Aliases that would unfold without end throw. */
function readValue(read: () => unknown): { value: unknown; problem: string | null } {
  try {
    return { value: read(), problem: null };
  } catch (error) {
    return { value: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

function childOf(
  node: unknown,
  part: string | number,
): { readonly node: unknown; readonly offset: number | undefined } | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(part));
    if (pair === undefined) return null;
    const offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return { node: pair.value, offset };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    if (item === undefined) return null;
    return {
      node: item,
      offset: isMap(item) || isScalar(item) || isSeq(item) ? item.range?.[0] : undefined,
    };
  }
  return null;
}
