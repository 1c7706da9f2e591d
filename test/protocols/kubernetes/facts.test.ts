import { describe, expect, test } from 'vitest';
import { kubernetesDecidable } from '../../../src/protocols/kubernetes/operations.ts';
import { type Asked, factsOf, requestOf } from './asked.ts';
import { protobufBody, record } from './protobuf-bytes.ts';

const pods = '/api/v1/namespaces/dev/pods';
const deployments = '/apis/apps/v1/namespaces/dev/deployments';
const pod = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'dev' },
  spec,
});

describe('what no rule may let pass by accident', () => {
  test.each([
    ['POST /api/v1/namespaces/dev/pods/web/exec?command=sh', 'exec'],
    ['GET /api/v1/namespaces/dev/pods/web/exec?command=sh', 'exec'],
    ['POST /api/v1/namespaces/dev/pods/web/attach', 'attach'],
    ['GET /api/v1/namespaces/dev/pods/web/portforward?ports=80', 'port_forward'],
    ['GET /api/v1/namespaces/dev/pods/web/proxy', 'proxy'],
    ['DELETE /api/v1/namespaces/dev/services/https:web:443/proxy/admin/users', 'proxy'],
    ['GET /api/v1/nodes/node-1/proxy/run/dev/web/web', 'proxy'],
  ])('pitfall 27: %s is of class exec, whatever its method', (line, risk) => {
    expect(factsOf(line)).toMatchObject({ classes: ['exec'], verb: 'connect', risks: [risk] });
  });

  test.each([
    [`PATCH ${pods}/web/ephemeralcontainers`, 'ephemeral_containers'],
    [`POST ${pods}/web/eviction`, 'eviction'],
    ['POST /api/v1/namespaces/dev/serviceaccounts/admin/token', 'token'],
    ['PUT /apis/rbac.authorization.k8s.io/v1/clusterroles/x', 'rbac'],
    ['POST /apis/rbac.authorization.k8s.io/v1/namespaces/dev/rolebindings', 'rbac'],
    ['DELETE /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x', 'webhook'],
    ['PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval', 'csr_approval'],
    ['GET /api/v1/secrets', 'secret'],
    ['GET /api/v1/namespaces/dev/secrets/db', 'secret'],
    ['GET /api/v1/watch/namespaces/dev/secrets', 'secret'],
  ])('pitfall 27: %s is a %s', (line, risk) => {
    expect(factsOf(line).risks).toContain(risk);
  });

  test.each<[string, object, string]>([
    ['hostNetwork', { hostNetwork: true }, 'host_access'],
    ['hostPID', { hostPID: true }, 'host_access'],
    ['hostIPC', { hostIPC: true }, 'host_access'],
    ['a path of the host', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, 'host_access'],
    ['a port of the host', { containers: [{ ports: [{ hostPort: 80 }] }] }, 'host_access'],
    ['privileged', { containers: [{ securityContext: { privileged: true } }] }, 'privileged'],
    [
      'capabilities',
      { initContainers: [{ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] },
      'privileged',
    ],
  ])('pitfall 27: a pod with %s, alone and in templates', (_what, spec, risk) => {
    const template = { template: { spec } };
    const inDeployment = { apiVersion: 'apps/v1', kind: 'Deployment', spec: template };
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'x' },
      spec: { jobTemplate: { spec: template } },
    };
    expect(factsOf(`POST ${pods}`, { body: pod(spec) }).risks).toContain(risk);
    expect(factsOf(`POST ${deployments}`, { body: inDeployment }).risks).toContain(risk);
    expect(
      factsOf('POST /apis/batch/v1/namespaces/dev/cronjobs', { body: cronJob }).risks,
    ).toContain(risk);
    expect(factsOf(`POST ${pods}`, { body: pod({ hostNetwork: false }) }).risks).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    [
      'application/json-patch+json',
      [{ op: 'add', path: '/spec/hostNetwork', value: true }],
      'host_access',
    ],
    [
      'application/json-patch+json',
      [{ op: 'copy', from: '/spec/x', path: '/spec/hostPID' }],
      'host_access',
    ],
    [
      'application/json-patch+json',
      [{ op: 'add', path: '/spec/containers/0/securityContext/capabilities/add/-', value: 'ALL' }],
      'privileged',
    ],
    ['application/merge-patch+json', { spec: { hostNetwork: true } }, 'host_access'],
    ['application/strategic-merge-patch+json', { spec: { hostPID: true } }, 'host_access'],
    ['application/apply-patch+yaml', 'spec:\n  hostIPC: true\n', 'host_access'],
  ])('pitfall 27: a patch of type %s is looked into', (type, body, risk) => {
    expect(factsOf(`PATCH ${deployments}/web`, { type, body }).risks).toContain(risk);
  });

  test('a role that gives away what its author may not have is an escalation', () => {
    const role = { rules: [{ apiGroups: ['*'], resources: ['roles'], verbs: ['escalate'] }] };
    const line = 'POST /apis/rbac.authorization.k8s.io/v1/clusterroles';
    expect(factsOf(line, { body: role }).risks).toEqual(['rbac', 'escalation']);
    const patch = [{ op: 'add', path: '/rules/0/verbs/-', value: 'impersonate' }];
    const type = 'application/json-patch+json';
    expect(factsOf(`${line.replace('POST', 'PATCH')}/x`, { type, body: patch }).risks).toContain(
      'escalation',
    );
  });

  test('whom a client asks to be taken for is a risk, and said', () => {
    const headers = [
      ['Impersonate-User', 'jane'],
      ['Impersonate-Group', 'ops'],
    ] as const;
    expect(factsOf(`GET ${pods}`, { headers })).toMatchObject({
      risks: ['impersonation'],
      impersonate: ['user:jane', 'group:ops'],
    });
  });
});

describe('what is unknown or opaque', () => {
  test.each<[string, string, Asked]>([
    ['no path of the API', 'GET /logs/kube-apiserver.log', {}],
    ['the old proxy', 'GET /api/v1/proxy/nodes/node-1/pods', {}],
    ['something behind a subresource', `GET ${pods}/web/log/more`, {}],
    ['a write to a list', `PUT ${pods}`, { body: {} }],
    ['a write to what is no resource', 'POST /version', {}],
    ['a body of a read', `GET ${pods}`, { body: {} }],
    [
      'a namespace that is not the path’s',
      `POST ${pods}`,
      { body: { metadata: { namespace: 'prod' } } },
    ],
    ['a name that is not the path’s', `PUT ${pods}/web`, { body: { metadata: { name: 'db' } } }],
    ['another kind', `POST ${pods}`, { body: { apiVersion: 'v1', kind: 'Secret' } }],
    ['another group', `POST ${deployments}`, { body: { apiVersion: 'v1', kind: 'Deployment' } }],
    ['a list', `POST ${pods}`, { body: { apiVersion: 'v1', kind: 'List', items: [] } }],
    ['a name that occurs twice', `POST ${pods}`, { body: '{"kind":"Pod","kind":"Secret"}' }],
    ['a YAML alias', `POST ${pods}`, { type: 'application/yaml', body: 'a: &x 1\nb: *x\n' }],
    ['two YAML documents', `POST ${pods}`, { type: 'application/yaml', body: 'a: 1\n---\nb: 2\n' }],
    [
      'YAML that 1.1 reads differently',
      `POST ${pods}`,
      { type: 'application/yaml', body: 'hostNetwork: yes\n' },
    ],
    ['another media type', `POST ${pods}`, { type: 'text/plain', body: '{}' }],
    ['a patch of an unknown type', `PATCH ${pods}/web`, { type: 'application/json', body: {} }],
    [
      'a JSON patch that is none',
      `PATCH ${pods}/web`,
      { type: 'application/json-patch+json', body: {} },
    ],
  ])('pitfall 28: %s', (_what, line, asked) => {
    expect(factsOf(line, asked).classes).toContain('unknown');
  });

  test.each([
    ['CBOR', `POST ${pods}`, 'application/cbor', '{}'],
    ['protobuf that is none', `POST ${pods}`, 'application/vnd.kubernetes.protobuf', '{}'],
    ['a patch in protobuf', `PATCH ${pods}/web`, 'application/vnd.kubernetes.protobuf', '{}'],
  ])('pitfall 28: %s is told to come as JSON', (_what, line, type, body) => {
    const request = requestOf(line, { type, body });
    expect(() => kubernetesDecidable(request)).toThrow(/Send application\/json/);
  });

  test('pitfall 28: protobuf means what its JSON means', () => {
    const spec = record(2, Buffer.concat([record(2, record(1, 'app')), record(11, 1)]));
    const raw = Buffer.concat([record(1, record(1, 'web')), spec]);
    const type = 'application/vnd.kubernetes.protobuf';
    const facts = factsOf(`POST ${pods}`, { type, body: protobufBody(raw, {}) });
    expect(facts).toMatchObject({ classes: ['write'], risks: ['host_access'] });
    expect(facts.name).toBe('web');
    const other = protobufBody(raw, { kind: 'ConfigMap' });
    expect(() => factsOf(`POST ${pods}`, { type, body: other })).toThrow(/no field 11/);
    const empty = protobufBody(Buffer.alloc(0), { kind: 'ConfigMap' });
    expect(factsOf(`POST ${pods}`, { type, body: empty }).classes).toContain('unknown');
  });

  test('what is asked about oneself passes in any encoding: nothing comes of it', () => {
    const line = 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const type = 'application/vnd.kubernetes.protobuf';
    expect(factsOf(line, { type, body: 'k8s' }).classes).toEqual(['discovery']);
    expect(() => factsOf(line.replace('self', ''), { type, body: 'k8s' })).toThrow();
  });

  test('a body that was not read is opaque', () => {
    expect(factsOf(`POST ${pods}`, { body: null }).classes).toEqual(['write', 'opaque']);
  });
});

describe('what kubectl asks', () => {
  test.each<[string, string, object, Asked?]>([
    ['its way', 'GET /api', { classes: ['discovery'] }],
    ['groups', 'GET /apis?timeout=32s', { classes: ['discovery'] }],
    ['resources', 'GET /apis/apps/v1?timeout=32s', { classes: ['discovery'] }],
    ['OpenAPI', 'GET /openapi/v3/apis/apps/v1?hash=A', { classes: ['discovery'] }],
    ['health', 'GET /readyz?verbose', { classes: ['discovery'] }],
    [
      'auth can-i',
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { classes: ['discovery'], verb: 'create' },
      { body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' } },
    ],
    [
      'get pods',
      `GET ${pods}?limit=500`,
      { classes: ['read'], verb: 'list', namespace: 'dev', name: null, everyNamespace: false },
    ],
    [
      'get pods -A',
      'GET /api/v1/pods?limit=500',
      { verb: 'list', namespace: null, everyNamespace: true },
    ],
    ['get pod web', `GET ${pods}/web`, { verb: 'get', name: 'web' }],
    ['get -w', `GET ${pods}?watch=true&resourceVersion=1`, { verb: 'watch' }],
    ['get -w, empty', `GET ${pods}?watch`, { verb: 'watch' }],
    [
      'wait',
      `GET ${pods}?fieldSelector=metadata.name%3Dweb&watch=1`,
      { verb: 'watch', name: 'web' },
    ],
    [
      'logs',
      `GET ${pods}/web/log?follow=true`,
      {
        classes: ['read'],
        resource: { group: '', version: 'v1', resource: 'pods', subresource: 'log' },
      },
    ],
    [
      'a namespace',
      'DELETE /api/v1/namespaces/dev',
      { verb: 'delete', namespace: 'dev', name: 'dev', resource: { resource: 'namespaces' } },
    ],
    [
      'delete deploy',
      `DELETE ${deployments}/web`,
      {
        classes: ['write'],
        verb: 'delete',
        name: 'web',
        resource: { group: 'apps', resource: 'deployments' },
      },
      { body: { propagationPolicy: 'Background' } },
    ],
    [
      'delete --all',
      `DELETE ${pods}`,
      { verb: 'deletecollection', name: null, everyNamespace: false },
    ],
    [
      'scale',
      `PATCH ${deployments}/web/scale`,
      { classes: ['write'], resource: { subresource: 'scale' } },
      { type: 'application/merge-patch+json', body: { spec: { replicas: 3 } } },
    ],
    [
      'create',
      `POST ${pods}?fieldManager=kubectl-create`,
      { verb: 'create', name: 'web', fieldManager: 'kubectl-create', images: ['nginx'] },
      { body: pod({ containers: [{ image: 'nginx' }] }) },
    ],
    [
      'apply --server-side',
      `PATCH ${deployments}/web?fieldManager=me&force=true`,
      { verb: 'patch', apply: true, force: true },
      { type: 'application/apply-patch+yaml', body: '{"kind":"Deployment"}' },
    ],
    [
      'diff',
      `PATCH ${deployments}/web?dryRun=All`,
      { classes: ['dry_run'], dryRun: true },
      { type: 'application/strategic-merge-patch+json', body: {} },
    ],
  ])('%s', (_what, line, expected, asked) => {
    expect(factsOf(line, asked)).toMatchObject(expected);
  });

  test('a dry run of a deletion stands in its body, if there is one', () => {
    const line = `DELETE ${pods}/web?dryRun=All`;
    expect(factsOf(line).classes).toEqual(['dry_run']);
    expect(factsOf(line, { body: {} }).classes).toEqual(['write']);
    expect(factsOf(line, { body: { dryRun: ['All'] } }).classes).toEqual(['dry_run']);
  });

  test('a dry run counts only where it is one', () => {
    expect(factsOf(`POST ${pods}/web/eviction?dryRun=All`).classes).toEqual(['write']);
    expect(factsOf(`DELETE ${pods}/web?dryRun=All&dryRun=None`).classes).toEqual(['write']);
    expect(factsOf(`POST ${pods}/web/exec?dryRun=All`).classes).toEqual(['exec']);
  });

  test('one line says it', () => {
    const summary = (line: string) => kubernetesDecidable(requestOf(line)).summary;
    expect(summary(`DELETE ${deployments}/web`)).toBe('delete deployments.apps web -n dev');
    expect(summary(`POST ${pods}/web/exec?command=rm&command=-rf&command=%2Fdata`)).toBe(
      'pods/exec web -n dev -- rm -rf /data',
    );
    expect(summary('GET /api/v1/secrets')).toBe('list secrets in all namespaces');
  });
});
