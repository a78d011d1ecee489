/** The container whose pool the profile manages, and where its variables come from. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import { VARIABLES } from '../model/variables.ts';
import type { ObservedContainer, ObservedDeployment, ObservedVariable } from '../model/observed.ts';
import type { ConditionDraft } from '../model/decision.ts';

export type Target = { readonly deployment: ObservedDeployment; readonly container: ObservedContainer };

/** The condition RolledOut. */
export const rolledOut = (
  status: ConditionDraft['status'],
  reason: ReasonOf<'RolledOut'>,
  message: string,
): ConditionDraft<'RolledOut'> => ({ type: 'RolledOut', status, reason, message });

export const notRolledOut = (reason: ReasonOf<'RolledOut'>, message: string): ConditionDraft<'RolledOut'> =>
  rolledOut('False', reason, message);

/** The entry of a variable that counts; undefined where it has none. Of two entries of one name the kubelet takes the last. */
export const entryOf = ({ env }: ObservedContainer, variable: string): ObservedVariable | undefined =>
  env.findLast(({ name }) => name === variable);

/** Name of the ConfigMap from which all variables come; undefined where they do not all come from one. */
export function configMapInUse(container: ObservedContainer): string | undefined {
  const names = VARIABLES.map((variable) => {
    const found = entryOf(container, variable);
    return found?.source.kind === 'configMap' && found.source.key === variable ? found.source.name : undefined;
  });
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}
