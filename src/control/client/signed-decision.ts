import { signDecision } from '../../core/decision-statement.ts';
import type { DecideRequest, RequestView, SignedDecideRequest } from '../contract.ts';
import { type Enrolling, enrolDevice, type ReviewerDevice } from './device.ts';

/** The decision with its signature, over the digest that the reviewer was shown. */
export async function signed(
  { id, salt, policyRevision }: RequestView,
  decision: DecideRequest,
  device: ReviewerDevice,
  enrolling: Enrolling,
): Promise<SignedDecideRequest> {
  if (device.origin === 'token') await enrolDevice(device, enrolling);
  const { kind, digest } = decision;
  const decidee = { id, salt, digest, policyRevision };
  return { ...decision, signature: signDecision(await device.key(), decidee, kind, Date.now()) };
}
