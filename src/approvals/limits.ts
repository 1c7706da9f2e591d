/** Bounds on what one principal can make the gateway keep. */
export interface ApprovalLimits {
  readonly reasonCharacters: number;
  readonly idempotencyKeyCharacters: number;
  /** Statement, parameters and notes of one request together. */
  readonly presentationCharacters: number;
  readonly openPerPrincipal: number;
}

export const defaultLimits: ApprovalLimits = {
  reasonCharacters: 2_000,
  idempotencyKeyCharacters: 200,
  presentationCharacters: 4 * 1024 * 1024,
  openPerPrincipal: 100,
};
