import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import {
  createFrontier,
  createProver,
  frontierFrom,
  rootFromProof,
  rootOf,
} from '../../src/audit/merkle.ts';
import { openNote, parseVerifier, verifierText } from '../../src/audit/signed-note.ts';
import { canonicalJson, leafHash, sealRecord } from '../../src/core/audit-seal.ts';
import { generateSigningKey } from '../../src/core/signing-key.ts';

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leafHash(`${index}`));

/** RFC 6962, 2.1, word for word. */
function plainRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(
    Buffer.from([1]),
    plainRoot(leaves.slice(0, split)),
    plainRoot(leaves.slice(split)),
  );
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

describe('the Merkle tree', () => {
  it('has the root that RFC 6962 defines, for every size, also when it is gone on with', () => {
    const frontier = createFrontier();
    for (let size = 0; size < 130; size += 1) {
      expect(frontier.root()).toEqual(plainRoot(leavesOf(size)));
      expect(frontierFrom(size, frontier.parts()).root()).toEqual(frontier.root());
      frontier.add(leafHash(`${size}`));
    }
    expect(() => frontierFrom(7, frontier.parts())).toThrow(RangeError);
  });

  it('proves every record of every size, and no other record or place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (size, at) => {
        const index = at % size;
        const leaves = leavesOf(size);
        const prover = createProver(size, [index, (index * 7) % size]);
        for (const each of leaves) prover.add(each);
        const proof = prover.proof(index);
        const root = rootOf(leaves);
        const [leaf = Buffer.alloc(32)] = leaves.slice(index);
        expect(rootFromProof(leaf, index, size, proof)).toEqual(root);
        expect(rootFromProof(leafHash('other'), index, size, proof)).not.toEqual(root);
        if (size > 1) {
          expect(rootFromProof(leaf, (index + 1) % size, size, proof)).not.toEqual(root);
          expect(rootFromProof(leaf, index, size, proof.slice(1))).not.toEqual(root);
        }
        expect(rootFromProof(leaf, size, size, proof)).toBeNull();
      }),
    );
  });
});

describe('a record', () => {
  it('has one form: what is read of a line gives that very line again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (client, connection) => {
        const principal = { issuer: client, subject: connection, kind: 'human' } as const;
        const who = { name: client, person: '', personNamespace: '', groups: [client] };
        const began = { type: 'session_began', session: 's', tunnel: 't' } as const;
        const how = { protocol: 'postgres', mode: 'live', client, connection } as const;
        const body = { ...began, ...how, principal: { ...principal, ...who } };
        const { line } = sealRecord(body, null, 0);
        expect(line).not.toContain('\n');
        expect(canonicalJson(JSON.parse(line))).toBe(line);
      }),
    );
  });

  it('may hold half a surrogate pair of a name from outside', () => {
    const body = { type: 'configuration_changed', from: 'a\ud800b', to: 'x' } as const;
    expect(sealRecord(body, null, 0).line).toContain('a\ufffdb');
  });
});

describe('a checkpoint', () => {
  const key = generateSigningKey();
  const signer = { name: 'hoopx.example.com/audit', key, publicKey: key.publicKey };
  const checkpoint = { size: 7, root: leafHash('x'), time: '2026-01-02T03:04:05.006Z' };
  const note = signCheckpoint(checkpoint, signer);

  it('is refused by another key, or with any byte of it changed', () => {
    const other = { ...signer, publicKey: generateSigningKey().publicKey };
    expect(openCheckpoint(note, other)).toBeNull();
    expect(openCheckpoint(note, { ...signer, name: 'other' })).toBeNull();
    const bytes = Buffer.from(note);
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(openCheckpoint(changed.toString(), signer)).toBeNull();
    }
  });

  it('is read back by its key, which is told by its text', () => {
    expect(openCheckpoint(note, signer)).toEqual(checkpoint);
    const { name, publicKey } = signer;
    expect(parseVerifier(verifierText(signer))).toEqual({ name, publicKey });
    expect(parseVerifier(verifierText(signer).replace('hoopx', 'x'))).toBeNull();
  });

  it('is in the form that other tools write: the example of Go’s sumdb/note', () => {
    const verifier = parseVerifier(
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    );
    const text = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.
`;
    const signature =
      '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
    if (verifier === null) throw new Error('not read');
    expect(openNote(`${text}\n${signature}\n`, verifier)).toBe(text);
    expect(openNote(`${text}x\n\n${signature}\n`, verifier)).toBeNull();
  });
});
