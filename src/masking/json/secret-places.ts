import { redactedText } from '../../core/masking.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** A place in a JSON text, seen by what Secrets hide. */
export interface SecretPlace {
  /** The map around it, or whether all of the text comes from where Secrets are. */
  readonly above: KubernetesObject | boolean;
  /** What a value there is to the object that it belongs to. */
  readonly role: 'kind' | 'metadata' | 'annotations' | 'other';
  readonly owner: KubernetesObject | null;
  /** Objects that hide what is there if they are Secrets: the first that is one does. */
  readonly claims: readonly SecretClaim[];
}

export interface SecretClaim {
  readonly object: KubernetesObject;
  readonly hides: Hiding;
}

/** A value of `data` or `stringData`, or the configuration that kubectl has noted. */
export type Hiding = 'data' | 'stringData' | 'applied';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** What stands for a value, as JSON. Clients decode what `data` shows as Base64. */
export const hiddenValues: Readonly<Record<Exclude<Hiding, 'applied'>, Buffer>> = {
  data: Buffer.from(JSON.stringify(Buffer.from(redactedText).toString('base64'))),
  stringData: Buffer.from(JSON.stringify(redactedText)),
};

export function placeOfText(isSecret: boolean): SecretPlace {
  return { above: isSecret, role: 'other', owner: null, claims: [] };
}

export function placeOfItem({ above, claims }: SecretPlace): SecretPlace {
  return { above, role: 'other', owner: null, claims };
}

export function placeOfMember(map: SecretPlace, above: KubernetesObject, key: string): SecretPlace {
  const claims = standing(map.claims);
  const place = { above, role: 'other', owner: null, claims } as const;
  switch (key) {
    case 'kind':
      return { ...place, role: 'kind', owner: above };
    case 'metadata':
      return { ...place, role: 'metadata', owner: above };
    case 'annotations':
      return map.role === 'metadata' ? { ...place, role: 'annotations', owner: map.owner } : place;
    case 'data':
    case 'stringData':
      return { ...place, claims: [...claims, { object: above, hides: key }] };
    case lastApplied: {
      const { role, owner: object } = map;
      if (role !== 'annotations' || object === null) return place;
      return { ...place, claims: [...claims, { object, hides: 'applied' }] };
    }
    default:
      return place;
  }
}

/** Without those of what turned out to be no Secret. */
function standing(claims: readonly SecretClaim[]): readonly SecretClaim[] {
  return claims.length === 0 ? claims : claims.filter(({ object }) => object.isSecret !== false);
}

/** What is to be hidden there: null for nothing; undefined where that is not known yet. */
export function hidingAt(claims: readonly SecretClaim[]): Hiding | null | undefined {
  for (const { object, hides } of claims) {
    const { isSecret } = object;
    if (isSecret === undefined) return undefined;
    if (isSecret) return hides;
  }
  return null;
}
