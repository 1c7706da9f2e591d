import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { compilePattern, type LinearPattern } from './pattern.ts';

const maxSource = 4000;
const maxLoops = 2;
const linearMatches = 'matchesInLinearTime';

/**
 * What an expression may call. Closed, so that nothing that depends on the time, and nothing
 * whose cost is not bounded by its input, can come in with a new version of the library.
 */
const callable: ReadonlySet<string> = new Set([
  'size',
  'has',
  'exists',
  'exists_one',
  'all',
  'filter',
  'map',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'lowerAscii',
  'upperAscii',
  'trim',
  'string',
  'int',
]);
const loops: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all', 'filter', 'map']);

export interface Expression {
  /** Whether it reads the variable of that name. */
  readonly reads: (variable: string) => boolean;
  /** Throws when the expression cannot be evaluated over these variables. */
  evaluate(variables: Readonly<Record<string, unknown>>): boolean;
}

/** Throws an `Error` whose message is fit for the author of the expression. */
export type ExpressionCompiler = (source: string) => Expression;

/** CEL, with its own backtracking `matches()` replaced by RE2 over patterns known beforehand. */
export function createExpressionCompiler(): ExpressionCompiler {
  const patterns = new Map<string, LinearPattern>();
  const environment = createEnvironment(patterns);

  return (source) => {
    if (source.length > maxSource) {
      throw new Error(`an expression has at most ${maxSource} characters`);
    }
    const parsed = reworded(() => environment.parse(source));
    const variables = new Set<string>();
    prepare(parsed.ast, { patterns, variables, loopsAround: 0 });
    const checked = parsed.check();
    if (!checked.valid) throw new Error(firstLine(checked.error));
    if (checked.type !== 'bool') throw new Error(`gives ${checked.type}, not true or false`);
    return {
      reads: (variable) => variables.has(variable),
      evaluate: (context) => {
        const value: unknown = reworded(() => parsed(context));
        if (typeof value !== 'boolean') throw new Error('did not give true or false');
        return value;
      },
    };
  };
}

function createEnvironment(patterns: ReadonlyMap<string, LinearPattern>): Environment {
  const names = 'list<map<string, string>>';
  const words = 'list<string>';
  return new Environment({
    limits: { maxAstNodes: 300, maxDepth: 40, maxListElements: 100, maxMapEntries: 0 },
  })
    .registerVariable({
      name: 'connection',
      schema: { name: 'string', labels: 'map<string, string>' },
    })
    .registerVariable({
      name: 'principal',
      schema: {
        name: 'string',
        subject: 'string',
        person: 'string',
        kind: 'string',
        groups: words,
        issuer: 'string',
      },
    })
    .registerVariable({
      name: 'sql',
      schema: {
        classes: words,
        statements: words,
        reads: names,
        writes: names,
        functions: names,
        where: words,
        copy: words,
        statementCount: 'int',
        rowLocks: 'bool',
        into: 'bool',
        maskedPredicate: 'bool',
      },
    })
    .registerVariable({
      name: 'ssh',
      schema: {
        kinds: words,
        classes: words,
        commands: names,
        paths: words,
        forward: words,
        hosts: words,
        environment: words,
        sudo: 'bool',
        redirects: 'bool',
        substitutions: 'bool',
        pty: 'bool',
      },
    })
    .registerVariable({
      name: 'http',
      schema: {
        classes: words,
        method: 'string',
        path: 'string',
        query: names,
        headers: names,
        upgrade: 'string',
        body: 'string',
        json: 'dyn',
        graphqlTypes: words,
        graphqlNames: words,
        graphqlFields: words,
      },
    })
    .registerVariable({
      name: 'kubernetes',
      schema: {
        classes: words,
        verb: 'string',
        group: 'string',
        version: 'string',
        resource: 'string',
        subresource: 'string',
        namespace: 'string',
        everyNamespace: 'bool',
        name: 'string',
        path: 'string',
        risks: words,
        dryRun: 'bool',
        apply: 'bool',
        force: 'bool',
        fieldManager: 'string',
        labelSelector: 'string',
        fieldSelector: 'string',
        images: words,
        container: 'string',
        command: 'string',
        impersonate: words,
        body: 'string',
        object: 'dyn',
      },
    })
    .registerVariable('text', 'string')
    .registerFunction(
      `string.${linearMatches}(string): bool`,
      (text: string, source: string) => {
        const pattern = patterns.get(source);
        if (pattern === undefined) throw new Error('an unprepared pattern');
        return pattern(text);
      },
      { async: false },
    );
}

interface Preparation {
  readonly patterns: Map<string, LinearPattern>;
  readonly variables: Set<string>;
  readonly loopsAround: number;
}

/**
 * Walks the tree before it is checked: refuses what is not bounded, and puts the linear
 * `matches()` in the place of the library's, which takes exponential time.
 */
function prepare(node: ASTNode, preparation: Preparation): void {
  let { loopsAround } = preparation;
  if (node.op === 'id') preparation.variables.add(node.args);
  if (node.op === 'call' || node.op === 'rcall') {
    const [name] = node.args;
    if (!callable.has(name)) throw new Error(`${name}() is not available`);
    if (loops.has(name)) loopsAround += 1;
    if (loopsAround > maxLoops) throw new Error(`goes over more than ${maxLoops} lists at once`);
    if (name === 'matches') replaceMatches(node, preparation.patterns);
  }
  for (const child of childrenOf(node)) prepare(child, { ...preparation, loopsAround });
}

function replaceMatches(
  node: Extract<ASTNode, { op: 'call' | 'rcall' }>,
  patterns: Map<string, LinearPattern>,
): void {
  const argument = node.op === 'rcall' ? node.args[2][0] : undefined;
  if (argument?.op !== 'value' || typeof argument.args !== 'string') {
    throw new Error('matches() is written text.matches("…"), with the pattern itself in quotes');
  }
  patterns.set(argument.args, compilePattern(argument.args));
  node.args[0] = linearMatches;
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'list':
      return node.args;
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** The library's messages carry the source and a caret over several lines. */
function reworded<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error(firstLine(error), { cause: error });
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}
