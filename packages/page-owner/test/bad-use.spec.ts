import { describe, expect, test } from '@jest/globals';
import { StackDepot } from '@page-owner/stackdepot';
import { PageOwner, parsePageOwnerParam, type PageOwnerOptions } from '@page-owner/page-owner';

const make = (options: object) => () => new PageOwner(options as PageOwnerOptions);

describe('bad use is one sentence', () => {
  test.each([true, 1, {}])('page_owner=%p that is no text', (value) => {
    const sentence = `page_owner= is text such as "on", as on the kernel's command line, got ${String(value)}`;
    expect(() => parsePageOwnerParam(value as never, '6.12')).toThrow(new TypeError(sentence));
    expect(make({ kernel: '6.12', parameter: value })).toThrow(sentence);
  });

  test('a tracker that is on needs all around it', () => {
    const depot = StackDepot.create();
    expect(make({ kernel: '6.12', parameter: 'on', depot })).toThrow(
      new TypeError('page_owner that is on needs stacks, got undefined'),
    );
    expect(make({ kernel: '6.12', parameter: 'off' })().enabled).toBe(false);
  });

  test('a kernel that is none', () => {
    expect(make({})).toThrow('a kernel release is text such as "6.12", got undefined');
  });
});
