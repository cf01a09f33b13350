import { bytesOf } from './byte-source.js';
import { parseRecord } from './parse-record.js';
import type { PageOwnerRecord } from './record.js';
import { cutPiece, emptyPiece } from './record-cutter.js';

/** Bytes of a dump that belong to no record. */
export interface Garbage {
  /** Byte offset of the first one in the dump. */
  readonly offset: number;
  /** Line on which it stands, counted from 1. */
  readonly line: number;
  /** The bytes themselves, untrusted. */
  readonly bytes: Uint8Array;
}

/** A whole dump, read by {@link parseDump}. */
export interface ParsedDump {
  /** In the order of the dump. */
  readonly records: PageOwnerRecord[];
  /** What belongs to no record, in the order of the dump. */
  readonly garbage: Garbage[];
  /** Records without the empty line at their end: cut off by the next one, or by the end of the dump. */
  readonly truncatedRecords: number;
  /** Lines of other messages between the lines of records, in a console log. */
  readonly droppedLines: number;
}

/**
 * Reads a whole dump into one object a record. For dumps of up to a few 10 MB; larger ones want a scanner, which makes
 * no object per record.
 */
export function parseDump(dump: Uint8Array | string): ParsedDump {
  const bytes = bytesOf(dump);
  const records: PageOwnerRecord[] = [];
  const garbage: Garbage[] = [];
  let truncatedRecords = 0;
  let droppedLines = 0;
  let line = 1;
  const piece = emptyPiece();
  for (let offset = 0; cutPiece(bytes, offset, bytes.length, true, piece); offset = piece.end) {
    if (piece.kind === 'garbage') garbage.push({ offset, line, bytes: piece.text });
    const record = piece.kind === 'record' ? parseRecord(piece.text) : undefined;
    if (record !== undefined) {
      records.push(record);
      if (piece.truncated) truncatedRecords++;
      droppedLines += piece.droppedLines;
    }
    line += piece.lines;
  }
  return { records, garbage, truncatedRecords, droppedLines };
}

/** The records of a whole dump, one after the other; what is no record is passed over. */
export function* records(dump: Uint8Array | string): Generator<PageOwnerRecord, void, undefined> {
  const bytes = bytesOf(dump);
  const piece = emptyPiece();
  for (let offset = 0; cutPiece(bytes, offset, bytes.length, true, piece); offset = piece.end) {
    const record = piece.kind === 'record' ? parseRecord(piece.text) : undefined;
    if (record !== undefined) yield record;
  }
}
