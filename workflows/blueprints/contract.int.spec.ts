import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { describeContract } from './contract.fixture.ts';

describeContract(packageRoot());
