import { describe, expect, test } from '@jest/globals';
import { createAllocator } from '@page-owner/buddy-allocator';
import { attachTracker, trackPages, type TrackOptions } from '@page-owner/tracked-pages';

const track = (options: unknown) => () => trackPages(createAllocator({ pages: 16 }), options as TrackOptions);

describe('bad use is one sentence', () => {
  test.each([
    [{ pageOwner: 'on' }, 'trackPages has no option "pageOwner"; did you mean page_owner?'],
    [{ page_owner: 'on', kernel: '6.1' }, /no option "kernel"; there are page_owner, depth, task, log/],
    [{ page_owner: true }, 'page_owner= is text such as "on", as on the kernel\'s command line, got true'],
    ['on', /takes an object of options, got on|no option/],
    [null, 'trackPages takes an object of options, got null'],
  ])('options %j', (options, sentence) => {
    expect(track(options)).toThrow(TypeError);
    expect(track(options)).toThrow(sentence);
  });

  test('options of a thread that joins', () => {
    const join = (options: object) => () => attachTracker(createAllocator({ pages: 16 }), null, options);
    expect(join({ tasks: () => 'main' })).toThrow('attachTracker has no option "tasks"; did you mean task?');
    expect(join({ task: () => 'main' })().enabled).toBe(false);
  });

  test('an option that is undefined is left out', () => {
    expect(track({ page_owner: undefined, depth: undefined, task: undefined })().enabled).toBe(false);
  });

  test('an image that did not arrive', () => {
    const pages = createAllocator({ pages: 16, shared: true });
    expect(() => attachTracker(pages, undefined as never)).toThrow(
      new TypeError('a tracker is attached by its image() or null, got undefined'),
    );
    expect(attachTracker(pages, null).enabled).toBe(false);
  });
});
