import { expect, jest, test } from '@jest/globals';
import { lock, LOCK_TIMEOUT, unlock } from '../src/lock.js';
import { heldLock } from './held-lock.js';

test('where blocking is not allowed, as on a browser’s main thread, a held lock is spun for', async () => {
  const words = await heldLock();
  const wait = jest.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context');
  });
  lock(words, 0, 2, LOCK_TIMEOUT);
  expect([words[1], words[2]]).toEqual([42, 1]);
  expect(wait).toHaveBeenCalledTimes(1);
  unlock(words, 0);
  expect(words[0]).toBe(0);
});
