// Admission, for every config and event within the bounds.
import { claims } from './claims/ingress.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/ingress.ts';

testClaims('ingress', claims, mutants);
