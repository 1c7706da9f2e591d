import type { Diversion } from '../../control/server/server.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import type { BrowserFront } from '../browser/browser-front.ts';
import { beginsBelow } from './first-target.ts';
import type { KubernetesFront } from './kubernetes-front.ts';

export interface DiversionOptions {
  readonly browsers: BrowserFront;
  readonly kubernetes: KubernetesFront;
  /** For the beginning of the first request. Whoever takes longer is left to the control API. */
  readonly patienceMs: number;
}

/** What does not ask for the control API: browsers by their host, Kubernetes by its path. */
export function createDiversion(options: DiversionOptions): Diversion {
  const { browsers, kubernetes, patienceMs } = options;
  return {
    async takes(stream, host, address) {
      if (host !== '' && browsers.leadsTo(host)) {
        browsers.serve(stream, host, address);
        return true;
      }
      absorbErrors(stream);
      const below = await beginsBelow(stream, kubernetes.root, AbortSignal.timeout(patienceMs));
      if (below) kubernetes.serve(stream, address);
      return below;
    },
  };
}
