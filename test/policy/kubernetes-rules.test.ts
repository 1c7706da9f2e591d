import { describe, expect, it } from 'vitest';
import type { KubernetesMatch, RuleSpec } from '../../src/core/rules.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { kubernetesTextDecidable } from '../../src/protocols/kubernetes/request-text.ts';
import { questionOf, specOf } from './questions.ts';

function verdict(text: string, rules: readonly RuleSpec[], unmatched: 'allow' | 'deny' = 'deny') {
  const question = { ...questionOf({}), decidable: kubernetesTextDecidable(text) };
  return compilePolicy(specOf(rules, { unmatched })).evaluate(question).kind;
}

const allow = (kubernetes: KubernetesMatch): readonly RuleSpec[] => [
  { name: 'allow', kubernetes, then: 'allow' },
];
const deny = (kubernetes: KubernetesMatch): readonly RuleSpec[] => [
  { name: 'deny', kubernetes, then: 'deny' },
  { name: 'all', kubernetes: { class: ['discovery', 'read', 'write'] }, then: 'allow' },
];

describe('an allow rule', () => {
  it.each([
    'connect pods/web/exec -n dev',
    'get secrets/db -n dev',
    'create serviceaccounts/default/token -n dev',
    'create pods/web/eviction -n dev',
    'update clusterroles.rbac.authorization.k8s.io/admin',
    'GET /logs/',
    'get pods/web -n',
  ])('lets %s pass only if it names what that is', (text) => {
    expect(verdict(text, allow({}))).toBe('deny');
    expect(verdict(text, [], 'allow')).toBe('deny');
  });

  it('that names risks is about nothing else', () => {
    const rules = allow({ risk: ['exec'] });
    expect(verdict('connect pods/web/exec -n dev', rules)).toBe('allow');
    expect(verdict('delete pods/web -n dev', rules)).toBe('deny');
  });

  it('covers one namespace, and not all of them', () => {
    const rules = allow({ namespace: ['dev'] });
    expect(verdict('list pods -n dev', rules)).toBe('allow');
    expect(verdict('list pods', rules)).toBe('deny');
    expect(verdict('get nodes/node-1', rules)).toBe('deny');
  });

  it('covers a resource without its subresources, as RBAC does', () => {
    const rules = allow({ resource: ['deployments'] });
    expect(verdict('patch deployments.apps/web -n dev', rules)).toBe('allow');
    expect(verdict('patch deployments.apps/web/scale -n dev', rules)).toBe('deny');
    expect(verdict('get deployments.evil/web -n dev', allow({ resource: ['*.apps'] }))).toBe(
      'deny',
    );
  });

  it('with a name covers nothing that has none', () => {
    expect(verdict('get pods/web -n dev', allow({ name: ['web'] }))).toBe('allow');
    expect(verdict('list pods -n dev', allow({ name: ['web'] }))).toBe('deny');
  });
});

describe('a deny rule', () => {
  it('takes a list over all namespaces for one of the namespace that it names', () => {
    const rules = deny({ namespace: ['prod'] });
    expect(verdict('list pods -n prod', rules)).toBe('deny');
    expect(verdict('list pods', rules)).toBe('deny');
    expect(verdict('list pods -n dev', rules)).toBe('allow');
  });

  it('takes a subresource for the resource that it names', () => {
    const rules = deny({ resource: ['deployments'] });
    expect(verdict('patch deployments.apps/web/scale -n dev', rules)).toBe('deny');
    expect(verdict('patch statefulsets.apps/web/scale -n dev', rules)).toBe('allow');
  });

  it('finds a value at a place of the object', () => {
    const rules = deny({ body: { 'spec.replicas': ['0'] } });
    const scaled = (replicas: number) =>
      `patch deployments.apps/web -n dev\n{"spec":{"replicas":${replicas}}}`;
    expect(verdict(scaled(0), rules)).toBe('deny');
    expect(verdict(scaled(2), rules)).toBe('allow');
  });
});

it('an expression reads the facts', () => {
  const rules: readonly RuleSpec[] = [
    {
      name: 'small scales',
      when: 'kubernetes.subresource == "scale" && kubernetes.object.spec.replicas <= 3.0',
      then: 'allow',
    },
  ];
  const text = (replicas: number) =>
    `patch deployments.apps/web/scale -n dev\n{"spec":{"replicas":${replicas}}}`;
  expect(verdict(text(3), rules)).toBe('allow');
  expect(verdict(text(4), rules)).toBe('deny');
});
