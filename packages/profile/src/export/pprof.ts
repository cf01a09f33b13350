import { Label, Profile as PprofFile, Sample, StringTable } from 'pprof-format';
import type { Profile } from '../tables/profile.js';
import { callTree, functionsOf, functionTexts } from './call-tree.js';
import type { StackOptions } from './call-tree.js';
import { printableName } from './printable-name.js';
import { sampleColumns } from './sample-columns.js';
import type { ColumnValue } from './sample-columns.js';
import { capturedAtOf, pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** The labels that samples can have, and the column of the table of samples that each is. */
const LABEL_COLUMNS = {
  task: 'comm',
  pid: 'pid',
  tgid: 'tgid',
  order: 'order',
  migratetype: 'migratetype',
  pageblock: 'pageblock_migratetype',
  zone: 'zone',
  node: 'nid',
  cgroup: 'memcg',
  offline: 'memcg_offline',
  allocator: 'allocator',
  reclaim: 'reclaim',
  module: 'module',
} as const;

/** A label of a sample. */
export type PprofLabel = keyof typeof LABEL_COLUMNS;
/** All labels that samples can have. */
export const PPROF_LABELS = Object.keys(LABEL_COLUMNS) as readonly PprofLabel[];

/** What a pprof file says beside stacks. */
export interface PprofOptions extends SnapshotInfo, StackOptions {
  /** The labels that samples get; the default is all. Samples that agree in stack and labels are one. */
  readonly labels?: readonly PprofLabel[] | undefined;
}

/**
 * A profile in the format of pprof (github.com/google/pprof, proto/profile.proto): protobuf, not compressed. Tools take
 * it as it is; pack it with gzip to have what is usually called `.pb.gz`.
 *
 * Sample types are `records/count`, `pages/count` and `space/bytes`, the default. Locations are functions, without
 * offsets; mappings, and the files of functions, are modules. All labels are strings, so that `-tagfocus=pid=7` compares
 * them as they are. What the source does not say, and the empty name of a task, is no label; `offline` is there,
 * `true`, where the control group has been removed.
 *
 * @throws RangeError naming a label that there is none of
 */
export function pprof(profile: Profile, options: PprofOptions = {}): Uint8Array {
  const file = new PprofBuilder(options);
  file.add(profile, 1);
  return file.finish();
}

/**
 * The difference of two profiles as one file, for pprof only: just what `go tool pprof -diff_base BEFORE AFTER` makes of
 * two. The samples of `before` are there with negative values and the label `pprof::base=true`, by which pprof takes
 * percentages of the base. Other viewers of the format do not know negative values: give them two files.
 */
export function pprofDiff(before: Profile, after: Profile, options: PprofOptions = {}): Uint8Array {
  const file = new PprofBuilder(options);
  file.add(after, 1);
  file.add(before, -1);
  return file.finish();
}

const BASE_LABEL = 'pprof::base';

/** Puts the tables of a file together; what two profiles share is there once. Ids of rows count from 1. */
class PprofBuilder {
  readonly #strings = new StringTable();
  readonly #samples: Sample[] = [];
  readonly #mappings = new Map<string, number>();
  /** By text; the id of a function is that of its location. */
  readonly #functions = new Map<string, { id: number; name: string; module: string }>();
  /** By name, then by value. */
  readonly #labelRows = new Map<string, Map<ColumnValue, Label>>();
  readonly #comments: string[] = [];
  readonly #options: PprofOptions;
  readonly #labels: readonly PprofLabel[];
  readonly #pageBytes: number;

  constructor(options: PprofOptions) {
    this.#options = options;
    this.#labels = options.labels ?? PPROF_LABELS;
    this.#pageBytes = pageBytesOf(options);
    for (const label of this.#labels) {
      if (!Object.hasOwn(LABEL_COLUMNS, label))
        throw new RangeError(`no label ${JSON.stringify(label)}; there are ${PPROF_LABELS.join(', ')}`);
    }
  }

  /** Adds the samples of a profile; `sign` -1: as the base of a difference. */
  add(profile: Profile, sign: 1 | -1): void {
    this.#comments.push(...commentsOf(profile).map((comment) => (sign < 0 ? `base: ${comment}` : comment)));
    const { samples } = profile;
    const tree = callTree(profile, this.#options);
    const locations = this.#locationsOf(profile);
    const columns = new Map(sampleColumns(profile, {}).map((column) => [column.name, column]));
    const valueOf = this.#labels.map((label) => columns.get(LABEL_COLUMNS[label])!.value);
    const base = sign < 0 ? [this.#label(BASE_LABEL, 'true')] : [];
    // A profile can have very many samples: what they have in common is made once.
    const locationsOf: (number[] | undefined)[] = [];
    const byKey = new Map<string, Sample>();
    for (let i = 0; i < samples.length; i++) {
      const node = tree.nodeOf[samples.stack[i]!]!;
      const label = [...base];
      let key = String(node);
      for (const [at, name] of this.#labels.entries()) {
        const value = valueOf[at]!(i);
        key += ' ';
        if (value === null || value === '' || value === false) continue;
        const row = this.#label(name, value);
        label.push(row);
        key += String(row.str);
      }
      let sample = byKey.get(key);
      if (!sample) {
        const locationId = (locationsOf[node] ??= functionsOf(tree, node).map((fn) => locations[fn]!));
        byKey.set(key, (sample = new Sample({ locationId, value: [0, 0, 0], label })));
      }
      const sums = sample.value as number[];
      sums[0]! += sign * samples.records[i]!;
      sums[1]! += sign * samples.pages[i]!;
      sums[2]! += sign * samples.pages[i]! * this.#pageBytes;
    }
    for (const sample of byKey.values()) this.#samples.push(sample);
  }

  finish(): Uint8Array {
    const { host, bootId, kernelRelease } = this.#options;
    const capturedAt = capturedAtOf(this.#options);
    const about = Object.entries({ host, boot: bootId, Linux: kernelRelease });
    for (const [what, value] of about)
      if (value !== undefined) this.#comments.push(`${what} ${printableName(value)}`);
    const strings = this.#strings;
    const text = (string: string) => strings.dedup(string);
    return new PprofFile({
      stringTable: strings,
      sampleType: [
        { type: text('records'), unit: text('count') },
        { type: text('pages'), unit: text('count') },
        { type: text('space'), unit: text('bytes') },
      ],
      defaultSampleType: text('space'),
      sample: this.#samples,
      // Names are all there is to know: nothing is left for pprof to look up in files.
      mapping: [...this.#mappings].map(([name, id]) => ({
        id,
        filename: text(name),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
        hasInlineFrames: true,
      })),
      location: [...this.#functions.values()].map(({ id, module }) => ({
        id,
        mappingId: this.#mappings.get(module)!,
        line: [{ functionId: id }],
      })),
      function: [...this.#functions].map(([display, { id, name, module }]) => ({
        id,
        name: text(display),
        systemName: text(name),
        filename: text(module),
      })),
      ...(capturedAt && { timeNanos: BigInt(capturedAt.getTime()) * 1_000_000n }),
      comment: this.#comments.map(text),
    }).encode();
  }

  #label(name: string, value: ColumnValue): Label {
    let rows = this.#labelRows.get(name);
    if (!rows) this.#labelRows.set(name, (rows = new Map()));
    let row = rows.get(value);
    if (!row) {
      row = new Label({ key: this.#strings.dedup(name), str: this.#strings.dedup(String(value)) });
      rows.set(value, row);
    }
    return row;
  }

  /** Ids by FunctionIndex. */
  #locationsOf(profile: Profile): number[] {
    const { functions, modules } = profile;
    const moduleNames = modules.name.map(printableName);
    // The first mapping is the main binary.
    for (const name of moduleNames) {
      if (!this.#mappings.has(name)) this.#mappings.set(name, this.#mappings.size + 1);
    }
    return functionTexts(profile).map((display, fn) => {
      let row = this.#functions.get(display);
      if (!row) {
        const module = moduleNames[functions.module[fn]!]!;
        row = { id: this.#functions.size + 1, name: printableName(functions.name[fn]!), module };
        this.#functions.set(display, row);
      }
      return row.id;
    });
  }
}

function commentsOf({ records, pages, timeNs, warnings }: Profile): string[] {
  const latest = timeNs === undefined ? '' : `, the latest ${(Number(timeNs) / 1e9).toFixed(3)} s after boot`;
  return [`${records} allocations, ${pages} pages${latest}`, ...warnings.map(printableName)];
}
