export { type Certificates, makeCertificates } from '../../src/demo/certificates.ts';
