import type { HttpFacts, HttpPair } from '../core/facts.ts';
import { compileGlob, compileGlobs } from '../core/glob.ts';
import type { GraphqlMatch, HttpMatch } from '../core/rules.ts';
import { valuesAt } from './body-place.ts';
import { type Condition, list, type Report } from './condition.ts';
import { type FactsReader, isOfProtocol, isOneOf, overSet } from './fact-conditions.ts';
import { compilePathTemplates } from './path-template.ts';
import { uncertain } from './uncertain.ts';

const reader: FactsReader<HttpFacts> = {
  key: 'http',
  read: (facts) => (facts.protocol === 'http' ? facts : null),
};

/** What a rule asks of an HTTP request. A key that it leaves out asks nothing. */
export function httpConditions(http: HttpMatch, every: boolean, report: Report): Condition[] {
  const conditions: Condition[] = [isOfProtocol(reader)];
  const words = (
    key: string,
    wanted: readonly string[] | undefined,
    factsOf: (facts: HttpFacts) => readonly string[],
    matches = compileGlobs(wanted ?? []),
  ) => {
    if (wanted === undefined) return;
    conditions.push(overSet({ reader, key, every, wanted, factsOf, matches, show: String }));
  };
  words('class', http.class, (facts) => facts.classes, isOneOf(http.class));
  words('method', http.method, (facts) => [facts.method], isOneOf(http.method));
  words('path', http.path, (facts) => [facts.path], templates(http.path ?? [], every, report));
  const upgrades = ({ upgrade }: HttpFacts) => (upgrade === null ? [] : [upgrade]);
  words('upgrade', http.upgrade, upgrades);
  // An allow rule that is about upgrades is about no other request.
  if (every && http.upgrade !== undefined) {
    conditions.push(
      uncertain({
        ...{ reader, key: 'upgrade', every, explainUncertain },
        isUncertain: () => false,
        holds: (facts) => facts.upgrade !== null,
        explain: ({ upgrade }) => (upgrade === null ? 'asks for none' : `asks for ${upgrade}`),
      }),
    );
  }
  if (http.headers !== undefined) conditions.push(onHeaders(http.headers));
  words('query', http.query, ({ query }) => query.map(pairText), pairs(http.query, '='));
  for (const [place, wanted] of Object.entries(http.body ?? {})) {
    conditions.push(onBody(place, wanted, every));
  }
  return [...conditions, ...(http.graphql === undefined ? [] : onGraphql(http.graphql, every))];
}

/** Nobody could cover every header that clients send: one that matches will do. */
function onHeaders(wanted: readonly string[]): Condition {
  const matches = pairs(wanted, ': ');
  return overSet({
    reader,
    key: 'headers',
    every: false,
    wanted,
    factsOf: ({ headers }) => headers.map(pairText),
    matches,
    show: (pair) => pair.replace('\0', ': '),
  });
}

/** One text for a pair, for globs over both and for globs over the name alone. */
function pairText({ name, value }: HttpPair): string {
  return `${name}\0${value}`;
}

function pairs(wanted: readonly string[] | undefined, between: string): (pair: string) => boolean {
  const globs = (wanted ?? []).map((glob) => {
    const at = glob.indexOf(between);
    const name = compileGlob(at === -1 ? glob : glob.slice(0, at));
    const value = compileGlob(at === -1 ? '*' : glob.slice(at + between.length));
    return { name, value };
  });
  return (pair) => {
    const at = pair.indexOf('\0');
    return globs.some(({ name, value }) => name(pair.slice(0, at)) && value(pair.slice(at + 1)));
  };
}

function templates(wanted: readonly string[], strict: boolean, report: Report) {
  return compilePathTemplates(wanted, strict, (index, message) =>
    report(['http', 'path', index], message),
  );
}

const explainUncertain = 'was not read, or is no JSON';

/** Over every value at a dotted place of a JSON body; `*` is each member of an object or array. */
function onBody(place: string, wanted: readonly string[], every: boolean): Condition {
  const matches = compileGlobs(wanted);
  const valuesIn = ({ body }: HttpFacts) =>
    body.kind === 'json' ? valuesAt(body.value, place) : null;
  return uncertain({
    ...{ reader, key: `body.${place}`, every, explainUncertain },
    isUncertain: ({ body }) => body.kind === 'opaque' || body.kind === 'other',
    holds(facts) {
      const values = valuesIn(facts) ?? [];
      return every ? values.length > 0 && values.every(matches) : values.some(matches);
    },
    explain: (facts) => `has ${list(valuesIn(facts) ?? ['no JSON body'])}`,
  });
}

function onGraphql(wanted: GraphqlMatch, every: boolean): Condition[] {
  const over = (key: keyof GraphqlMatch, globs: readonly string[] | undefined) => {
    if (globs === undefined) return [];
    const matches = compileGlobs(globs);
    return [
      uncertain({
        ...{ reader, key: `graphql.${key}`, every, explainUncertain },
        isUncertain: ({ classes, graphql }) => graphql === null && !isJudged(classes),
        holds({ graphql }) {
          const found: readonly string[] = graphql?.[key] ?? [];
          return every ? found.length > 0 && found.every(matches) : found.some(matches);
        },
        explain: ({ graphql }) => `has ${list(graphql?.[key] ?? ['no GraphQL'])}`,
      }),
    ];
  };
  return [
    ...over('types', wanted.types),
    ...over('names', wanted.names),
    ...over('fields', wanted.fields),
  ];
}

function isJudged(classes: HttpFacts['classes']): boolean {
  return !classes.includes('opaque') && !classes.includes('unknown');
}
