// The tool policy, for every combination of lists within the bounds.
import { claims } from './claims/tools.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/tools.ts';

testClaims('tools', claims, mutants);
