import { describe, expect, test } from '@jest/globals';
import {
  breakdown,
  growth,
  parseBuddyinfo,
  parseMeminfo,
  parsePagetypeinfo,
  parseVmstat,
  parseZoneinfo,
  profileDump,
  ProfileBuilder,
} from '@page-owner/profile';

const any = <T>(value: unknown): T => value as T;

describe('bad use is one sentence', () => {
  const profile = new ProfileBuilder().finish();

  test('one dimension in place of a list', () => {
    expect(() => breakdown(profile, any('owner'))).toThrow(
      new TypeError('dimensions are a list, such as ["owner"], got "owner"'),
    );
    expect(() => breakdown(profile, any(undefined))).toThrow('such as ["owner"], got undefined');
    expect(() => growth([profile, profile], { by: any('owner') })).toThrow('such as ["owner"], got "owner"');
    expect(() => breakdown(profile, any(['holder']))).toThrow(
      'no dimension "holder"; there are stack, owner',
    );
  });

  test('two profiles in place of a list of them', () => {
    expect(() => growth(any(profile), any(profile))).toThrow(
      new TypeError('growth compares a list of profiles: growth([before, after])'),
    );
  });

  test.each([parseMeminfo, parseVmstat, parseZoneinfo, parseBuddyinfo, parsePagetypeinfo])(
    '%p of bytes',
    (parse) => {
      expect(() => parse(any(Buffer.from('MemTotal: 5 kB\n')))).toThrow(
        new TypeError('a file of /proc is given as text, got Uint8Array'),
      );
    },
  );

  test('a dump that is none', async () => {
    await expect(profileDump(any(5))).rejects.toThrow('or an input, not from Number');
    await expect(profileDump('text')).rejects.toThrow('no page_owner record in 4 bytes');
  });
});
