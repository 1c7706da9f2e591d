import { enrolmentText } from '../../core/decision-statement.ts';
import { isSignedBy } from '../../core/signing-key.ts';
import { checked } from './body.ts';
import { badRequest } from './problem.ts';
import type { Route } from './route.ts';
import { enrolBody } from './schemas.ts';

export const reviewerKeyRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/reviewer-keys',
    async answer({ caller, ports, body }) {
      const { publicKey, proof, origin } = checked(enrolBody, body);
      // Without it, one could have another's key counted as one's own.
      const text = enrolmentText(publicKey, caller.tokenHash);
      if (!isSignedBy(publicKey, text, Buffer.from(proof, 'base64'))) {
        throw badRequest('proof: not by this key, for this token');
      }
      await ports.reviewerKeys.enrol({ principal: caller.principal, publicKey, origin });
      return { status: 204 };
    },
  },
];
