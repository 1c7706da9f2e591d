/**
 * The part of RFC 9535 that masks use: `$`, then `.name`, `['name']`, `[0]`, `.*`, `[*]` and
 * `..name`, `..*`.
 */
export type JsonPath = readonly PathStep[];

interface PathStep {
  /** Null for any. */
  readonly name: string | null;
  /** At any depth below. */
  readonly anywhere: boolean;
}

const step =
  /(\.\.|\.)(\*|[\p{L}_][\p{L}\p{N}_-]*)|\[(?:(\*)|(\d{1,9})|'([^'\\]*)'|"([^"\\]*)")\]/uy;

/** Null for what is no such path. */
export function parseJsonPath(text: string): JsonPath | null {
  if (!text.startsWith('$')) return null;
  const steps: PathStep[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return null;
    const [, dots, dotted, star, index, single, double] = match;
    const name = dotted ?? star ?? index ?? single ?? double ?? '';
    const isAny = dotted === '*' || star !== undefined;
    steps.push({ name: isAny ? null : name, anywhere: dots === '..' });
  }
  return steps.length === 0 ? null : steps;
}

/** How far each of some paths has been followed: a path may be at several of its steps. */
export type PathPlaces = readonly { readonly path: number; readonly step: number }[];

export interface Followed {
  readonly places: PathPlaces;
  /** Paths that end here, by number. */
  readonly ended: readonly number[];
}

export function beginPaths(paths: readonly JsonPath[]): PathPlaces {
  return paths.map((_, path) => ({ path, step: 0 }));
}

/** One member or item further. */
export function follow(paths: readonly JsonPath[], places: PathPlaces, key: string): Followed {
  const next = new Map<string, { path: number; step: number }>();
  const ended: number[] = [];
  for (const { path, step: at } of places) {
    const steps = paths[path] ?? [];
    const wanted = steps[at];
    if (wanted === undefined) continue;
    if (wanted.anywhere) next.set(`${path} ${at}`, { path, step: at });
    if (wanted.name !== null && wanted.name !== key) continue;
    if (at + 1 === steps.length) ended.push(path);
    else next.set(`${path} ${at + 1}`, { path, step: at + 1 });
  }
  return { places: [...next.values()], ended };
}
