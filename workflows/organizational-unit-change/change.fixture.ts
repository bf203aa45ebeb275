import { unitChangePlanWith } from '../../services/organizational-units/unit-change.fixture.ts';
import type { UnitChangePlan } from '../../services/organizational-units/unit-change.schema.ts';
import { type AskAnswer, refuse, type Script, type Walked, walk } from '../walk.fixture.ts';
import { organizationalUnitChange } from './definition.ts';
import { UnitChangeInput } from './input.schema.ts';

type Parameter = { Key: string; Value: unknown };
type Enabled = { arn: string; status: string; parameters: Parameter[] };
type Operation = { type: string; identifier: string; status: string; reads: number; parameters: Parameter[] };

const ARN = 'arn:aws:controltower:us-east-1:111122223333:enabledcontrol/';
/** An operation is IN_PROGRESS when it is first asked after. */
const READS = 1;

/** What the change meets when everything goes well. Tests change it, or script single answers around it. */
export function controlWorld(plan: UnitChangePlan) {
  const state = {
    baseline: 'SUCCEEDED',
    unitExists: true,
    controls: new Map<string, Enabled>(),
    operations: new Map<string, Operation>(),
    /** Identifiers whose next operation fails, with Control Tower's words. */
    failing: new Map<string, string>(),
  };
  const enabledOf = (status: string, parameters: Parameter[] = []): Enabled => ({
    arn: `${ARN}${String(state.controls.size).padStart(16, 'A')}`,
    status,
    parameters,
  });
  for (const { identifier } of plan.disable) state.controls.set(identifier, enabledOf('SUCCEEDED'));
  const begin = (type: string, identifier: string, parameters: Parameter[] = []) => {
    const id = `00000000-0000-4000-8000-${String(state.operations.size).padStart(12, '0')}`;
    state.operations.set(id, { type, identifier, status: 'IN_PROGRESS', reads: 0, parameters });
    const known = state.controls.get(identifier) ?? enabledOf('UNDER_CHANGE');
    state.controls.set(identifier, { ...known, status: 'UNDER_CHANGE' });
    return { OperationIdentifier: id };
  };
  const finish = (operation: Operation) => {
    const { identifier, type } = operation;
    const known = state.controls.get(identifier) ?? enabledOf('FAILED');
    operation.status = state.failing.has(identifier) ? 'FAILED' : 'SUCCEEDED';
    if (operation.status === 'SUCCEEDED' && type === 'disable') state.controls.delete(identifier);
    else {
      const parameters =
        operation.status === 'SUCCEEDED' && type !== 'disable' ? operation.parameters : known.parameters;
      state.controls.set(identifier, { ...known, parameters, status: operation.status });
    }
  };
  const show = ([identifier, { arn, status }]: [string, Enabled]) => ({
    Arn: arn,
    ControlIdentifier: identifier,
    TargetIdentifier: plan.organizationalUnit.arn,
    StatusSummary: { Status: status },
  });
  const calls: Record<string, (given: never) => unknown> = {
    'organizations:describeOrganizationalUnit': () =>
      state.unitExists
        ? { OrganizationalUnit: { Id: plan.organizationalUnit.id, Name: plan.organizationalUnit.name } }
        : refuse('Organizations.OrganizationalUnitNotFoundException')(() => undefined),
    'controltower:listEnabledBaselines': () => ({
      EnabledBaselines:
        state.baseline === 'NONE'
          ? []
          : [
              {
                Arn: `${ARN}B`,
                BaselineIdentifier: 'arn:aws:controltower:us-east-1::baseline/17BSJV3IGJ2QSGA2',
                TargetIdentifier: plan.organizationalUnit.arn,
                StatusSummary: { Status: state.baseline },
              },
            ],
    }),
    'controltower:listEnabledControls': (given: {
      Filter?: { ControlIdentifiers: string[] };
      NextToken?: string;
    }) => {
      const all = [...state.controls]
        .filter(([identifier]) => given.Filter?.ControlIdentifiers.includes(identifier) ?? true)
        .map(show);
      // Two pages, the first of them empty, as AWS may do.
      return given.NextToken ? { EnabledControls: all } : { EnabledControls: [], NextToken: 'page-2' };
    },
    'controltower:getEnabledControl': ({
      EnabledControlIdentifier,
    }: {
      EnabledControlIdentifier: string;
    }) => {
      const [identifier, control] = [...state.controls].find(([, c]) => c.arn === EnabledControlIdentifier)!;
      return { EnabledControlDetails: { ...show([identifier, control]), Parameters: control.parameters } };
    },
    'controltower:enableControl': (given: { ControlIdentifier: string; Parameters?: Parameter[] }) =>
      state.controls.has(given.ControlIdentifier)
        ? refuse('ControlTower.ConflictException', 'already enabled')(() => undefined)
        : begin('enable', given.ControlIdentifier, given.Parameters),
    'controltower:disableControl': (given: { ControlIdentifier: string }) =>
      begin('disable', given.ControlIdentifier),
    'controltower:updateEnabledControl': (given: {
      EnabledControlIdentifier: string;
      Parameters: Parameter[];
    }) => {
      const [identifier] = [...state.controls].find(([, c]) => c.arn === given.EnabledControlIdentifier)!;
      return begin('update', identifier, given.Parameters);
    },
    'controltower:getControlOperation': (given: { OperationIdentifier: string }) => {
      const operation = state.operations.get(given.OperationIdentifier)!;
      if (operation.status === 'IN_PROGRESS' && operation.reads++ >= READS) finish(operation);
      const StatusMessage = state.failing.get(operation.identifier);
      if (operation.status === 'FAILED') state.failing.delete(operation.identifier);
      return {
        ControlOperation: {
          Status: operation.status,
          ...(operation.status === 'FAILED' && StatusMessage ? { StatusMessage } : {}),
        },
      };
    },
  };
  return { state, enabledOf, calls };
}
export type World = ReturnType<typeof controlWorld>;

/** One way through the machine. */
export type Walk = {
  name: string;
  plan?: Partial<UnitChangePlan>;
  arrange?: (world: World) => void;
  script?: (world: World) => Script;
  asks?: Record<string, readonly AskAnswer[]>;
  facts: readonly string[];
  ends: 'ACTIVE' | 'QUARANTINED' | 'NOTHING_CHANGED';
  check?: (walked: Walked, world: World) => void;
};

const SMOOTH_ASKS: Record<string, readonly AskAnswer[]> = {
  approval: [{ outcome: 'approved' }],
  'confirm-approval': [{ outcome: 'confirmed' }],
  repair: [{ outcome: 'resume', by: 'olga' }, 'silence'],
};

/** Runs one walk. */
export async function change(one: Walk): Promise<{ walked: Walked; world: World }> {
  const plan = unitChangePlanWith(one.plan);
  const world = controlWorld(plan);
  one.arrange?.(world);
  const walked = await walk({
    name: 'organizational-unit-change',
    definition: organizationalUnitChange,
    executionName: plan.requestId,
    input: UnitChangeInput.parse({ requestId: plan.requestId, planDigest: plan.digest, plan }),
    world: (action, args) => {
      const call = world.calls[action];
      if (!call) throw new Error(`the world has no ${action}`);
      return call(args);
    },
    ...(one.script ? { script: one.script(world) } : {}),
    asks: { ...SMOOTH_ASKS, ...one.asks },
  });
  return { walked, world };
}
