import type { ConfigPath } from './config-problem.ts';
import type { ReportProblem } from './consistency.ts';
import type { KubernetesDocument } from './gateway-schema.ts';

/** One way to the cluster, and one way to log in. */
export function checkKubernetes(
  document: KubernetesDocument,
  path: ConfigPath,
  report: ReportProblem,
): void {
  const { server, kubeconfig, context, impersonate } = document;
  if (kubeconfig !== undefined) checkBeside(document, path, report);
  else {
    if (server === undefined) report([...path, 'server'], 'is required, or kubeconfig');
    if (context !== undefined)
      report([...path, 'context'], 'is of a kubeconfig, and there is none');
    checkLogin(document, path, report);
  }
  if (typeof impersonate === 'object' && impersonate.systemGroups.includes('system:masters')) {
    report(
      [...path, 'impersonate', 'systemGroups'],
      'system:masters is above all rules of the cluster: bind a group of your own to cluster-admin',
    );
  }
}

function checkBeside(
  { server, credential, tls }: KubernetesDocument,
  path: ConfigPath,
  report: ReportProblem,
): void {
  const hasTls = Object.values(tls).some((value) => value !== undefined);
  const beside = { server, credential, tls: hasTls ? tls : undefined };
  for (const [key, value] of Object.entries(beside)) {
    if (value !== undefined) report([...path, key], 'stands beside kubeconfig; write one of them');
  }
}

function checkLogin(
  { server, credential, tls }: KubernetesDocument,
  path: ConfigPath,
  report: ReportProblem,
): void {
  const clear = server?.startsWith('http:') === true;
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    report([...path, 'tls'], 'a client certificate needs both cert and key');
  }
  if (credential === undefined && tls.cert === undefined) {
    report(path, 'needs credential, or tls with cert and key, to log in with');
  }
  if (clear && Object.values(tls).some((value) => value !== undefined)) {
    report([...path, 'tls'], 'needs a server of https://');
  }
}
