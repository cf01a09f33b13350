/** `cgroup_disable=`: control group controllers that a kernel does without. */
import type { Era } from '@page-owner/kernel-abi';
import type { CommandLine } from './command-line.js';
import { isBefore } from '../kernel/kernel.js';

/** Controllers by their names on the command line, in the order of the kernel's list. */
const CONTROLLERS =
  'cpuset cpu cpuacct io memory devices freezer net_cls perf_event net_prio hugetlb pids rdma misc'.split(
    ' ',
  );
/** What cgroup v1 called a controller. */
const LEGACY_NAMES: Readonly<Record<string, string>> = { blkio: 'io' };

interface DisabledControllers {
  /** What the log says. */
  readonly lines: readonly string[];
  readonly memory: boolean;
}

/** Names that are none are passed over, as the kernel does. */
export function disabledControllers(cmdline: CommandLine, era: Era): DisabledControllers {
  const prefix = isBefore(era, '5.4') ? '' : 'cgroup: ';
  const names = cmdline
    .values('cgroup_disable')
    .flatMap((value) => (value ?? '').split(','))
    .map((name) => LEGACY_NAMES[name] ?? name)
    .filter((name) => CONTROLLERS.includes(name));
  return {
    lines: names.map((name) => `${prefix}Disabling ${name} control group subsystem`),
    memory: names.includes('memory'),
  };
}
