import { eraOf, type Era, type Release } from './era.js';

/**
 * Build options of a kernel that move or remove entries of the tables. Each is named after its `CONFIG_` option.
 * Leave the whole object out for an ordinary x86-64 distribution kernel.
 */
export interface KernelConfig {
  /** CONFIG_KASAN_HW_TAGS (arm64 only): `__GFP_SKIP_ZERO` and the `__GFP_SKIP_KASAN` family. Default off. */
  readonly kasanHwTags?: boolean | undefined;
  /** CONFIG_LOCKDEP: `__GFP_NOLOCKDEP`. Default off. */
  readonly lockdep?: boolean | undefined;
  /** CONFIG_SLAB_OBJ_EXT: `__GFP_NO_OBJ_EXT`. Default off. */
  readonly slabObjExt?: boolean | undefined;
  /** CONFIG_CMA: migratetype `CMA`. Default on. */
  readonly cma?: boolean | undefined;
  /** CONFIG_MEMORY_ISOLATION: migratetype `Isolate`. Default on. */
  readonly memoryIsolation?: boolean | undefined;
  /** CONFIG_ARCH_USES_PG_UNCACHED: page flag `uncached`. Default on, as on x86. */
  readonly archUsesPgUncached?: boolean | undefined;
  /** CONFIG_MEMORY_FAILURE: page flag `hwpoison`. Default on. */
  readonly memoryFailure?: boolean | undefined;
  /** CONFIG_PAGE_IDLE_FLAG (before 5.15 CONFIG_IDLE_PAGE_TRACKING): page flags `young` and `idle`. Default on. */
  readonly pageIdleFlag?: boolean | undefined;
  /** CONFIG_ARCH_USES_PG_ARCH_2 and _3 (arm64, from 6.3): page flags `arch_2` and `arch_3`. Default off. */
  readonly archUsesPgArchX?: boolean | undefined;
}

/** A {@link KernelConfig} that is silent about nothing. */
export type FullConfig = { readonly [option in keyof KernelConfig]-?: boolean };

/** What {@link KernelConfig} means where it is silent: an x86-64 distribution kernel. */
export const DEFAULT_CONFIG: FullConfig = {
  kasanHwTags: false,
  lockdep: false,
  slabObjExt: false,
  cma: true,
  memoryIsolation: true,
  archUsesPgUncached: true,
  memoryFailure: true,
  pageIdleFlag: true,
  archUsesPgArchX: false,
};

const OPTIONS = Object.keys(DEFAULT_CONFIG) as (keyof KernelConfig)[];

const fullConfig = (config: KernelConfig): FullConfig =>
  Object.fromEntries(
    OPTIONS.map((option) => [option, config[option] ?? DEFAULT_CONFIG[option]]),
  ) as FullConfig;

/**
 * Wraps `build` so that each table is built once per era and configuration. What it gives takes any release.
 *
 * @internal
 */
export function memoizeTable<T>(
  build: (era: Era, config: FullConfig) => T,
): (release: Release, config?: KernelConfig) => T {
  const tables = new Map<string, T>();
  return (release, config) => {
    const full = config === undefined ? DEFAULT_CONFIG : fullConfig(config);
    const options =
      config === undefined ? '' : ` ${OPTIONS.map((option) => (full[option] ? 1 : 0)).join('')}`;
    const known = tables.get(release + options);
    if (known !== undefined) return known;
    const era = eraOf(release);
    const table = tables.get(era + options) ?? build(era, full);
    tables.set(era + options, table);
    return table;
  };
}
