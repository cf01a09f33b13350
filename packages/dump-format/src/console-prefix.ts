import { SPACE, ascii, isDigit, skipDigits, startsWith } from './bytes.js';

/*
 * What a console, dmesg, syslogd or journalctl puts before a line of the kernel:
 *
 *   <4>                                      priority (dmesg -r)
 *   Nov 22 18:42:01 host kernel:             syslog, journalctl
 *   2026-11-22T18:42:01.123456+01:00 host kernel:
 *   [   12.345678]                           seconds since boot (printk.time=1)
 *   [Sun Nov 22 18:42:01 2026]               dmesg -T
 *   [   12.345678][ T1234]                   and the caller: task or cpu (CONFIG_PRINTK_CALLER)
 *
 * each optional, in this order, and then one space. What follows that one space is the kernel's own line, so the
 * leading space of a stack frame survives.
 */

const OPENING_ANGLE = 0x3c;
const CLOSING_ANGLE = 0x3e;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const DOT = 0x2e;
const LETTER_C = 0x43;
const LETTER_T = 0x54;

const KERNEL_TAG = ascii('kernel:');
/** Host names have at most 253 characters (RFC 1035). */
const LONGEST_HOST = 253;

/** 0 stands for a digit, A for a letter, _ for a digit or a space, the rest for itself. */
const SYSLOG_TIME = ascii('AAA _0 00:00:00 ');
const ISO_TIME = ascii('0000-00-00T00:00:00');
const CTIME = ascii('[AAA AAA _0 00:00:00 0000]');

const TEMPLATE_DIGIT = 0x30;
const TEMPLATE_LETTER = 0x41;
const TEMPLATE_DIGIT_OR_SPACE = 0x5f;

/**
 * The offset after the console prefix of the line [at, end), or `at` when it has none.
 * `end` is the end of the line, without its newline. A frame such as ` [<ffffffff8116147e>] f+0x1/0x2` has no prefix.
 */
export function skipConsolePrefix(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === SPACE) return at;
  const afterPriority = skipPriority(bytes, at, end);
  const afterTag = skipSyslogTag(bytes, afterPriority, end);
  const afterTime = skipBracketedTime(bytes, afterTag, end);
  return afterTime;
}

function skipPriority(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== OPENING_ANGLE || at >= end) return at;
  const digitsEnd = skipDigits(bytes, at + 1, end);
  const digits = digitsEnd - at - 1;
  return digits >= 1 && digits <= 3 && digitsEnd < end && bytes[digitsEnd] === CLOSING_ANGLE
    ? digitsEnd + 1
    : at;
}

/** `TIME HOST kernel: `; the space after the colon may have been trimmed at the end of a line. */
function skipSyslogTag(bytes: Uint8Array, at: number, end: number): number {
  let p = at;
  if (fits(bytes, SYSLOG_TIME, p, end)) {
    p += SYSLOG_TIME.length;
  } else if (fits(bytes, ISO_TIME, p, end)) {
    p += ISO_TIME.length;
    // The fraction and the zone: `.123456+01:00`, `Z`, `+0100`.
    const space = skipWord(bytes, p, end, 16);
    if (space >= end) return at;
    p = space + 1;
  } else {
    return at;
  }
  const hostEnd = skipWord(bytes, p, end, LONGEST_HOST);
  if (hostEnd === p || hostEnd >= end) return at;
  p = hostEnd + 1;
  if (!startsWith(bytes, KERNEL_TAG, p, end)) return at;
  return skipOneSpace(bytes, p + KERNEL_TAG.length, end, at);
}

/** `[   12.345678] `, `[   12.345678][ T1234] ` or dmesg -T's `[Sun Nov 22 18:42:01 2026] `. */
function skipBracketedTime(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== OPENING_BRACKET) return at;
  if (fits(bytes, CTIME, at, end)) return skipOneSpace(bytes, at + CTIME.length, end, at);
  const seconds = skipSpaces(bytes, at + 1, end);
  const secondsEnd = skipDigits(bytes, seconds, end);
  if (secondsEnd === seconds || secondsEnd >= end || bytes[secondsEnd] !== DOT) return at;
  const fractionEnd = skipDigits(bytes, secondsEnd + 1, end);
  if (fractionEnd === secondsEnd + 1 || fractionEnd >= end || bytes[fractionEnd] !== CLOSING_BRACKET)
    return at;
  return skipOneSpace(bytes, skipCaller(bytes, fractionEnd + 1, end), end, at);
}

function skipCaller(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== OPENING_BRACKET) return at;
  const kind = skipSpaces(bytes, at + 1, end);
  if (kind >= end || (bytes[kind] !== LETTER_T && bytes[kind] !== LETTER_C)) return at;
  const idEnd = skipDigits(bytes, kind + 1, end);
  return idEnd > kind + 1 && idEnd < end && bytes[idEnd] === CLOSING_BRACKET ? idEnd + 1 : at;
}

/** The offset after the one space at `at`, `at` itself at the end of the line, else `otherwise`. */
function skipOneSpace(bytes: Uint8Array, at: number, end: number, otherwise: number): number {
  if (at >= end) return at;
  return bytes[at] === SPACE ? at + 1 : otherwise;
}

function skipSpaces(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** The offset of the space that ends the word at `at`; `end` when it is longer than `longest` or never ends. */
function skipWord(bytes: Uint8Array, at: number, end: number, longest: number): number {
  for (let p = at; p < end && p - at <= longest; p++) if (bytes[p] === SPACE) return p;
  return end;
}

function fits(bytes: Uint8Array, template: Uint8Array, at: number, end: number): boolean {
  if (at + template.length > end) return false;
  for (let i = 0; i < template.length; i++) {
    const byte = bytes[at + i] as number;
    switch (template[i]) {
      case TEMPLATE_DIGIT:
        if (!isDigit(byte)) return false;
        break;
      case TEMPLATE_DIGIT_OR_SPACE:
        if (!isDigit(byte) && byte !== SPACE) return false;
        break;
      case TEMPLATE_LETTER:
        if ((byte | 0x20) < 0x61 || (byte | 0x20) > 0x7a) return false;
        break;
      default:
        if (byte !== template[i]) return false;
    }
  }
  return true;
}
