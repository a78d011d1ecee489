import { describe, expect, test } from 'vitest';
import { ApiError, type StatusBody } from '../../src/kube/errors.ts';

const errorOf = (status: StatusBody) => new ApiError('PATCH deployments', { code: 409, reason: 'Conflict', ...status });

describe('the causes in a Status', () => {
  test('an ApiError names the field managers of a conflict, each once', () => {
    const cause = (manager: string, field: string) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}" using apps/v1`,
      field,
    });
    const causes = [cause('kubectl', '.spec.a'), cause('helm', '.spec.b'), cause('kubectl', '.spec.c')];
    expect(errorOf({ details: { causes } }).fieldManagers).toEqual(['kubectl', 'helm']);
  });

  test('an ApiError tells a namespace that is being deleted from any other that is forbidden', () => {
    const terminating = { reason: 'NamespaceTerminating', message: 'namespace shop is being terminated' };
    expect(errorOf({ code: 403, details: { causes: [terminating] } }).isNamespaceTerminating).toBe(true);
    expect(errorOf({ code: 403, details: { causes: [{ reason: 'Other' }] } }).isNamespaceTerminating).toBe(false);
  });

  test.for<[string, StatusBody['details']]>([
    ['no details', null],
    ['no causes', {}],
    ['causes that are no list', { causes: { reason: 'NamespaceTerminating' } }],
    ['causes that are no objects', { causes: [null, 'NamespaceTerminating', 7] }],
    ['causes without a text', { causes: [{ reason: 'FieldManagerConflict', message: 7 }] }],
  ])('a Status with %s names no cause', ([, details]) => {
    expect(errorOf({ ...(details !== undefined && { details }) })).toMatchObject({
      fieldManagers: [],
      isNamespaceTerminating: false,
    });
  });
});
