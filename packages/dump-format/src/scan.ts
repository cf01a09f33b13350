/**
 * `@page-owner/dump-format/scan`: the parts that `DumpScanner` is made of, for programs that read in a way of their own, as
 * page_owner_sort does to imitate the C tool. They follow the scanner's needs: any of them may change in a minor version.
 */
export { cutPiece, emptyPiece } from './record-cutter.js';
export type { Piece } from './record-cutter.js';
export { cutTimes, fillTimes } from './header-times.js';
export type { HeaderTimes } from './header-times.js';
export { without } from './bytes.js';
export { cutPage } from './page-text.js';
export type { PageText } from './page-text.js';
export { findRecordStart } from './record-start.js';
export * from './record-window.js';
