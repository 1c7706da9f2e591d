import type { KubernetesFacts, KubernetesRisk } from '../core/facts.ts';
import { compileGlobs } from '../core/glob.ts';
import type { KubernetesMatch } from '../core/rules.ts';
import { valuesAt } from './body-place.ts';
import { type Condition, list, type Report } from './condition.ts';
import {
  type FactsReader,
  hasSome,
  isFlag,
  isOfProtocol,
  isOneOf,
  overSet,
} from './fact-conditions.ts';
import { compilePathTemplates } from './path-template.ts';
import { compileResourceGlob } from './resource-glob.ts';
import { uncertain } from './uncertain.ts';

const reader: FactsReader<KubernetesFacts> = {
  key: 'kubernetes',
  read: (facts) => (facts.protocol === 'kubernetes' ? facts : null),
};

/**
 * What a rule asks of a request to an API server. A key that it leaves out asks nothing. What is
 * about all names or all namespaces, and what was not read, is what a deny or review rule looks
 * for, and not what an allow rule covers.
 */
export function kubernetesConditions(
  kubernetes: KubernetesMatch,
  every: boolean,
  report: Report,
): Condition[] {
  const asked = kubernetes;
  const about = { every, report };
  return [
    isOfProtocol(reader),
    ...words(about, 'class', asked.class, ({ classes }) => classes, isOneOf(asked.class)),
    ...words(about, 'verb', asked.verb, ({ verb }) => [verb], isOneOf(asked.verb)),
    ...onResource(asked.resource, every),
    ...onPlace('namespace', asked.namespace, every),
    ...onPlace('name', asked.name, every),
    ...onRisk(asked.risk, about),
    ...onPath(asked.path, about),
    ...some(about, 'fieldManager', asked.fieldManager, ({ fieldManager }) => known(fieldManager)),
    ...onImages(asked.images, every),
    ...some(about, 'command', asked.command, ({ command }) => known(command)),
    ...some(about, 'impersonate', asked.impersonate, ({ impersonate }) => impersonate),
    ...isFlag(reader, 'dryRun', asked.dryRun, ({ dryRun }) => dryRun),
    ...isFlag(reader, 'apply', asked.apply, ({ apply }) => apply),
    ...isFlag(reader, 'force', asked.force, ({ force }) => force),
    ...Object.entries(asked.body ?? {}).map(([place, wanted]) => onBody(place, wanted, every)),
  ];
}

const explainUncertain = 'was not read, or does not say it';
/** Found in bodies alone. */
const inBodies: ReadonlySet<KubernetesRisk> = new Set(['host_access', 'privileged', 'escalation']);

interface About {
  readonly every: boolean;
  readonly report: Report;
}

type WordsOf = (facts: KubernetesFacts) => readonly string[];

function words(
  { every }: About,
  key: string,
  wanted: readonly string[] | undefined,
  factsOf: WordsOf,
  matches = compileGlobs(wanted ?? []),
): Condition[] {
  if (wanted === undefined) return [];
  return [overSet({ reader, key, every, wanted, factsOf, matches, show: String })];
}

/** An allow rule that names these is about nothing that has none of them. */
function some(
  about: About,
  key: string,
  wanted: readonly string[] | undefined,
  factsOf: WordsOf,
  matches = compileGlobs(wanted ?? []),
): Condition[] {
  if (wanted === undefined) return [];
  return [
    ...(about.every ? [hasSome(reader, key, factsOf)] : []),
    ...words(about, key, wanted, factsOf, matches),
  ];
}

function onRisk(wanted: KubernetesMatch['risk'], about: About): Condition[] {
  if (wanted === undefined) return [];
  const matches = isOneOf(wanted);
  if (about.every) return some(about, 'risk', wanted, ({ risks }) => risks, matches);
  return [
    uncertain({
      ...{ reader, every: false, key: 'risk', explainUncertain },
      isUncertain: ({ body }) =>
        body.kind === 'opaque' && wanted.some((risk) => inBodies.has(risk)),
      holds: ({ risks }) => risks.some(matches),
      explain: ({ risks }) => `has ${list(risks.length === 0 ? ['none'] : risks)}`,
    }),
  ];
}

function known(text: string | null): readonly string[] {
  return text === null ? [] : [text];
}

function onResource(wanted: readonly string[] | undefined, every: boolean): Condition[] {
  if (wanted === undefined) return [];
  const globs = wanted.map((glob) => compileResourceGlob(glob, every));
  return [
    uncertain({
      ...{ reader, every, key: 'resource', explainUncertain: '' },
      isUncertain: () => false,
      holds: ({ resource }) => resource !== null && globs.some((matches) => matches(resource)),
      explain({ resource }) {
        if (resource === null) return 'is no resource';
        const { group, subresource } = resource;
        const name = [resource.resource, ...(group === '' ? [] : [group])].join('.');
        return `is ${subresource === '' ? name : `${name}/${subresource}`}`;
      },
    }),
  ];
}

/** Null is all of them, or one that nobody knows yet. */
function onPlace(
  key: 'namespace' | 'name',
  wanted: readonly string[] | undefined,
  every: boolean,
): Condition[] {
  if (wanted === undefined) return [];
  const matches = compileGlobs(wanted);
  const isUncertain = (facts: KubernetesFacts) => {
    if (facts.resource === null) return false;
    return key === 'namespace' ? facts.everyNamespace : facts.name === null;
  };
  return [
    uncertain({
      ...{ reader, every, key, isUncertain },
      holds: (facts) => {
        const value = facts[key];
        return value !== null && matches(value);
      },
      explain: (facts) => `is ${facts[key] ?? 'none'}`,
      explainUncertain: `is any ${key}`,
    }),
  ];
}

function onPath(wanted: readonly string[] | undefined, { every, report }: About): Condition[] {
  const matches = compilePathTemplates(wanted ?? [], every, (index, message) =>
    report(['kubernetes', 'path', index], message),
  );
  return words({ every, report }, 'path', wanted, ({ path }) => [path], matches);
}

/** An allow rule covers every image of an object that was read. */
function onImages(wanted: readonly string[] | undefined, every: boolean): Condition[] {
  if (wanted === undefined) return [];
  const matches = compileGlobs(wanted);
  return [
    uncertain({
      ...{ reader, every, key: 'images', explainUncertain },
      isUncertain: ({ body }) => body.kind === 'opaque',
      holds: ({ images }) =>
        every ? images.length > 0 && images.every(matches) : images.some(matches),
      explain: ({ images }) => `has ${list(images.length === 0 ? ['no images'] : images)}`,
    }),
  ];
}

function onBody(place: string, wanted: readonly string[], every: boolean): Condition {
  const matches = compileGlobs(wanted);
  const valuesIn = ({ body }: KubernetesFacts) =>
    body.kind === 'object' ? valuesAt(body.value, place) : null;
  return uncertain({
    ...{ reader, every, key: `body.${place}`, explainUncertain },
    // A JSON patch says what it changes in words of its own.
    isUncertain: ({ body }) =>
      body.kind === 'opaque' || (body.kind === 'object' && Array.isArray(body.value)),
    holds(facts) {
      const values = valuesIn(facts) ?? [];
      return every ? values.length > 0 && values.every(matches) : values.some(matches);
    },
    explain: (facts) => `has ${list(valuesIn(facts) ?? ['no object'])}`,
  });
}
