import { expect, it } from 'vitest';
import { misfit } from './versions.ts';

it.each([
  ['0.1.0', '0.1.9'],
  ['1.2.0', '1.9.3'],
  ['1.2.0', undefined],
  ['1.2.0', 'unknown'],
])('program %s and service %s fit', (ours, theirs) => expect(misfit(ours, theirs)).toBeUndefined());

it.each([
  ['0.1.0', '0.2.0', /service is version 0\.2\.0, this program is 0\.1\.0.*Install version 0\.2\.0 of it\.$/],
  ['1.9.0', '2.0.1', /Install version 2\.0\.1 of it\.$/],
  ['2.0.0', '1.4.0', /or have the service brought up to 2\.0\.0/],
])('program %s and service %s do not', (ours, theirs, words) => expect(misfit(ours, theirs)).toMatch(words));
