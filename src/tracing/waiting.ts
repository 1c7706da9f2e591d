import type { HeldRequest } from '../core/request.ts';
import type { OperationTrace } from './operation-trace.ts';

/** Operations that wait for people, by request: several clients may wait for one. */
export interface Waiting {
  add(request: string, operation: OperationTrace): void;
  remove(request: string, operation: OperationTrace): void;
  changed(request: HeldRequest): void;
}

export function createWaiting(): Waiting {
  const operations = new Map<string, Set<OperationTrace>>();
  return {
    add(request, operation) {
      const others = operations.get(request) ?? new Set();
      operations.set(request, others.add(operation));
    },
    remove(request, operation) {
      const left = operations.get(request);
      left?.delete(operation);
      if (left?.size === 0) operations.delete(request);
    },
    changed(request) {
      for (const operation of operations.get(request.id) ?? []) operation.changed(request);
    },
  };
}
