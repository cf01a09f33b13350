import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';

const release = dirname(
  createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json'),
);

/** The schema of speedscope's own file format, from the package. */
export const SPEEDSCOPE_SCHEMA = JSON.parse(
  readFileSync(join(release, 'file-format-schema.json'), 'utf8'),
) as object;

/** What its importer makes of a file, as far as tests ask. */
export interface ImportedProfile {
  getName(): string;
  getTotalWeight(): number;
  getWeightUnit(): string;
  formatValue(value: number): string;
  forEachFrame(each: (frame: { name: string; file?: string; getSelfWeight(): number }) => void): void;
}
interface ImportedGroup {
  readonly name: string;
  readonly profiles: readonly ImportedProfile[];
}

interface Importers {
  importText(fileName: string, text: string): Promise<ImportedGroup | null>;
  importBytes(fileName: string, bytes: ArrayBuffer): Promise<ImportedGroup | null>;
}

/**
 * The importers of the published bundle, which exports nothing: it is run as it is but for its last two statements, which
 * draw the page, and hands out two of its functions instead.
 */
function load(): Importers {
  const file = readdirSync(release).find((name) => /^speedscope-.*\.js$/.test(name))!;
  const code = readFileSync(join(release, file), 'utf8');
  const functionThatCalls = (name: string) => {
    const found = new RegExp(
      `async function ([\\w$]+)\\(\\w+,\\w+\\)\\{return\\(await [\\w$]+\\)\\.${name}\\(`,
    ).exec(code);
    if (!found) throw new Error(`the bundle of speedscope has no ${name}`);
    return found[1]!;
  };
  const importers =
    `globalThis.importText=${functionThatCalls('importProfileGroupFromText')};` +
    `globalThis.importBytes=${functionThatCalls('importProfilesFromArrayBuffer')};`;
  const drawing = code.lastIndexOf('console.log(`speedscope v');
  const silent = { log() {}, warn() {}, error() {}, assert: console.assert };
  const page: Record<string, unknown> = {
    ...{ console: silent, TextDecoder, TextEncoder, setTimeout, URL, performance, atob, btoa },
    ...{ document: {}, navigator: {}, location: { hash: '', protocol: 'file:' } },
    addEventListener() {},
    matchMedia: () => ({ matches: false, addListener() {} }),
  };
  page.window = page;
  page.self = page;
  vm.runInNewContext(`${code.slice(0, drawing)}${importers}})();`, page);
  return page as unknown as Importers;
}

export const speedscopeImporters: Importers = load();
