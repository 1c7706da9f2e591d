import type { DetectorName } from '../../core/masking.ts';
import { card } from './card.ts';
import { cloudKey } from './cloud-key.ts';
import type { Detector } from './detector.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { jwt } from './jwt.ts';
import { phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { ssn } from './ssn.ts';
import { token } from './token.ts';

export const builtIn: Readonly<Record<DetectorName, Detector>> = {
  email,
  card,
  iban,
  ssn,
  phone,
  jwt,
  'private-key': privateKey,
  'cloud-key': cloudKey,
  token,
};
