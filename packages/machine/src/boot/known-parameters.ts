/**
 * Parameters that a kernel for x86-64 knows. What it does not know goes to init, and since 5.14 the log says so. Here are
 * those that boot loaders and people write most; a parameter of a module (with a dot) is never unknown.
 */
import type { CommandLine } from './command-line.js';

/** A dash is an underscore. */
function plain(name: string): string {
  return name.replaceAll('-', '_');
}

const KNOWN = new Set(
  `
  acpi acpi_enforce_resources acpi_irq_nobalance acpi_osi acpi_rsdp acpi_sleep add_efi_memmap amd_iommu amd_pstate apic
  apparmor audit audit_backlog_limit auto_da_alloc boot_delay bootconfig bootmem_debug cgroup_disable cgroup_no_v1
  cgroup_enable cgroup.memory clearcpuid clocksource cma cma_pernuma console consoleblank coredump_filter crashkernel
  cryptomgr cpu0_hotplug debug debug_boot_weak_hash debug_guardpage_minorder debug_pagealloc default_hugepagesz
  delayacct dhash_entries disable_mtrr_cleanup dis_ucode_ldr dma_debug dump_apple_properties early_page_ext
  early_printk earlycon earlyprintk edd efi elevator enable_mtrr_cleanup enforcing fb fsck.mode ftrace ftrace_dump_on_oops
  ftrace_filter ftrace_notrace fw_devlink gbpages hardened_usercopy hashdist highres hpet hung_task_panic hugepages
  hugepagesz hugetlb_cma hugetlb_free_vmemmap i8042 ibt idle ignore_loglevel ihash_entries ima init init_on_alloc
  init_on_free initcall_blacklist initcall_debug initrd intel_idle intel_iommu intel_pstate io_delay iommu ip isolcpus kaslr
  keepinitrd kernelcore kfence kgdboc kmemleak kpti kptr_restrict kvm l1tf load_ramdisk lockdown log_buf_len loglevel lpj lsm
  maxcpus max_loop mce mds mem memblock memhp_default_state memmap memory_corruption_check memtest mitigations mminit_loglevel
  mmio_stale_data module module_blacklist movable_node movablecore mtrr nmi_watchdog no_console_suspend no_hash_pointers
  no_timer_check no5lvl noacpi noapic noapictimer noautogroup nobats nocache noefi noexec nofpu nohibernate nohlt nogbpages nohugeiomap nohugevmap
  nohz nohz_full noinitrd nokaslr nokmem nolapic nomce nomodeset nomodule nopat nopcid nopti nopv noprompt norandmaps noreplace-smp
  noresume nosgx nosmap nosmep nosmp nosmt nospec_store_bypass_disable nospectre_v1 nospectre_v2 noswapaccount nousb
  novmcoredd nowatchdog nox2apic noxsave nr_cpus nr_uarts numa numa_balancing numa_zonelist_order nvme_load oops
  page_owner page_poison page_reporting panic panic_on_oops panic_on_taint panic_on_warn panic_print pci pcie_aspm percpu_alloc possible_cpus
  preempt print-fatal-signals printk printk_delay printk_devkmsg profile processor.max_cstate psi psmouse pti quiet
  raid ramdisk_size random randomize_kstack_offset rcu_nocbs rcupdate rd.break rdinit reboot reserve resume
  resumedelay resume_offset retbleed retain_initrd ro rodata root rootdelay rootflags rootfstype rootwait rw saved_cmdlines_size
  sched_debug sched_verbose schedstats scsi_mod selinux security shuffle skew_tick slab_max_order slab_merge slab_min_objects slab_min_order
  slab_nomerge slub_debug slab_debug slub_max_order slub_min_objects slub_min_order slub_merge slub_nomerge smp smt softlockup_panic
  spec_store_bypass_disable spectre_v2 srbds stack_depot_disable stack_depot_max_pools stack_guard_gap stacktrace swapaccount swiotlb
  sysrq_always_enabled tp_printk trace_buf_size trace_clock trace_event trace_options transparent_hugepage tsc tsx
  udbg-immortal unknown_nmi_panic usbcore usercopy user_debug userpte vdso vga video vmalloc vm_debug watchdog workqueue x2apic_phys
  xen zswap
  `
    .trim()
    .split(/\s+/)
    .map(plain),
);

/** What the log says of parameters the kernel does not know; undefined if it knows all. */
export function unknownParametersLine({ parameters }: CommandLine): string | undefined {
  const unknown = parameters.filter(({ name }) => !KNOWN.has(plain(name)) && !name.includes('.'));
  if (unknown.length === 0) return undefined;
  // Arguments of init come before its environment, in which a name has one value.
  const words = unknown.filter(({ value }) => value === null).map(({ name }) => name);
  const environment = new Map(
    unknown.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]),
  );
  const all = [...words, ...[...environment].map(([name, value]) => `${name}=${value}`)];
  return `Unknown kernel command line parameters "${all.join(' ')}", will be passed to user space.`;
}
