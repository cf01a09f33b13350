import { expect, jest, test } from '@jest/globals';
import { lock, LOCK_TIMEOUT, unlock } from '../src/lock.js';
import { heldLock } from './held-lock.js';

test('a held lock is slept for', async () => {
  const words = await heldLock();
  const wait = jest.spyOn(Atomics, 'wait');
  lock(words, 0, 2, LOCK_TIMEOUT);
  expect([words[1], words[2]]).toEqual([42, 1]);
  expect(wait).toHaveBeenCalled();
  unlock(words, 0);
  expect(words[0]).toBe(0);
});
