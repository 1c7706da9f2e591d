import { createHash } from 'node:crypto';
import { enrolmentText } from '../../core/decision-statement.ts';
import { generateSigningKey, type SigningKey } from '../../core/signing-key.ts';
import type { EnrolKey } from '../contract.ts';

/** Where a reviewer's decisions are signed. */
export interface ReviewerDevice {
  key(): Promise<SigningKey>;
  /** `login`: enrolled by `hoopx login`. `token`: enrolled with the first decision. */
  readonly origin: EnrolKey['origin'];
}

export interface Enrolling {
  readonly enrol: (key: EnrolKey) => Promise<unknown>;
  readonly token: () => Promise<string>;
}

/** For reviewers who bring a token: a key that is never stored. */
export function createFleetingDevice(): ReviewerDevice {
  const key = generateSigningKey();
  return { key: async () => key, origin: 'token' };
}

export async function enrolDevice(
  device: ReviewerDevice,
  { enrol, token }: Enrolling,
): Promise<void> {
  const { publicKey, sign } = await device.key();
  const tokenHash = createHash('sha256')
    .update(await token())
    .digest('hex');
  const proof = sign(enrolmentText(publicKey, tokenHash)).toString('base64');
  await enrol({ publicKey, proof, origin: device.origin });
}
